"""An incident as one file to send on: its bundle and what belongs to it, without personal data."""
