"""Anomaly: single exchanges unlike the ordinary ones."""
