"""Alerts: what people are told of incidents, where, and how often."""
