"""What recognising personal data and secrets costs, what it finds, and what it finds wrongly."""
