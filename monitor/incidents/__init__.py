"""Incidents: what they are, how they change, and what is known of each."""
