"""A moment in the life of an incident, as people read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from monitor.incidents.events import EventKind

MomentKind = Literal[EventKind, "first_seen", "last_seen", "bundle", "marker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened, `at` in seconds since the epoch, in words and, for a change, as details.

    `by` is whoever did it, "" for Sidewatch itself; `note` is what they wrote.
    """

    at: float
    kind: MomentKind
    what: str
    by: str = ""
    note: str = ""
    details: dict[str, str] = field(default_factory=dict)
