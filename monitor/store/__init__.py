"""The store: incidents, exchanges, baselines and the worker's saved state."""
