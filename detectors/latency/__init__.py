"""Latency: times against objectives, stalled and broken streams, failed exchanges."""
