"""Baselines as things that are kept: named, versioned, promoted, compared, accepted."""
