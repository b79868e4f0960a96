"""Anomaly: recall of planted exchanges."""
