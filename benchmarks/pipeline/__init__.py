"""What the worker costs: both stages, and the way to a visible incident."""
