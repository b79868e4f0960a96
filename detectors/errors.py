"""The error of this package; apart from `base`, so that importing it costs nothing."""

from __future__ import annotations


class DetectorError(Exception):
    """A detector was given something it cannot work with; the message says what and how to mend it."""
