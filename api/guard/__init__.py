"""Who may call, what of, how often, and with what."""
