"""Bursts: one tenant or user asks far more, or far other things, than it used to."""
