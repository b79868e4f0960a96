"""The exchange: one request to the model and its answer, with their times."""
