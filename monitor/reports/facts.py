"""What a report is about; light, for the process that only orders it."""

from __future__ import annotations

import msgspec

KINDS = ("drift", "latency", "safety")
"""Reports that there are: all that can be compared, timing alone, and scores, which need no baseline."""
FEWEST = 30
"""Exchanges that a window must have at least."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is about. `since` is how many of the latest exchanges came after the change."""

    kind: str
    model: str = ""
    baseline: str = ""
    incident: str = ""
    since: int | None = None
