"""Latency: times against objectives and the baseline, error budgets, stalled and broken streams."""
