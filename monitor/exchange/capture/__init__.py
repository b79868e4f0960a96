"""The two bodies of an exchange as they pass by: kept within a limit, decoded, cut into events."""
