"""Drift: traffic that is no longer what its baseline was."""
