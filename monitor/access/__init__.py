"""Who may do what, what they did, and what is forgotten when somebody asks for it."""
