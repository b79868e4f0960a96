"""Markers: what was done to the service."""
