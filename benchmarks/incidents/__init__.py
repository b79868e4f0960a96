"""How findings become incidents and stories, on a recorded day with planted troubles."""
