"""Silences: for how long which incidents raise no alert."""
