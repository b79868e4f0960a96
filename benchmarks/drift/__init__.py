"""How late, and how often wrongly, drift speaks up."""
