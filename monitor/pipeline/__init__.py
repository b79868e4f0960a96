"""The worker: scores exchanges in batches and watches the observations for trouble."""
