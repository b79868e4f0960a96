"""The request path and the pipeline behind it."""
