"""Changes of incidents as server-sent events."""
