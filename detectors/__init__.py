"""Detectors: numbers and text in, findings out.

Nothing here knows HTTP, Redis, settings or the clock; time and seeds are arguments.
"""
