"""What surrounds an incident: what changed before it, whose traffic, what was said around it."""
