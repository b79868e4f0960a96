"""The base of every error that `monitor` raises to its callers."""

from __future__ import annotations


class MonitorError(Exception):
    """Something a person can mend: `str(error)` says what is wrong, where, and how to mend it."""
