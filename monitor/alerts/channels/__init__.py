"""The ways out: each sends one message, or says why not."""
