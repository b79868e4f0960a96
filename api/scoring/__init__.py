"""Scoring, explaining and embedding for callers, beside the pipeline."""
