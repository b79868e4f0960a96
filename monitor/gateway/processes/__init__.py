"""Several gateway processes on one address: a parent, its children, and what they tell each other."""
