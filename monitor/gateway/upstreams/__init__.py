"""The model servers behind the gateway: which one, and the connections to it."""
