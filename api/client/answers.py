"""Answers that hold words of the domain in a list, or numbers that nobody else needs a name for."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from detectors.base import Severity
from monitor.alerts.records import Delivery
from monitor.alerts.standing import ChannelStanding
from monitor.incidents.incident import Incident

T = TypeVar("T")


class Items(msgspec.Struct, Generic[T], frozen=True):
    """A list of things."""

    items: list[T]


class IncidentPage(msgspec.Struct, frozen=True):
    """A page of incidents. `cursor` gives the next one; it is empty on the last.

    `similarity` gives, for a search by `like`, the cosine of each incident's text to that.
    """

    items: list[Incident]
    cursor: str = ""
    similarity: dict[str, float] = msgspec.field(default_factory=dict)


class BulkItem(msgspec.Struct, frozen=True):
    """What became of one incident: 200 and its version, or a status and what was in the way."""

    id: str
    status: int
    detail: str = ""
    version: int | None = None


class BulkResult(msgspec.Struct, frozen=True):
    """What became of each incident of a change of many."""

    changed: int
    items: list[BulkItem]


class Alerts(msgspec.Struct, frozen=True):
    """The channels of alerts, and the latest tries to deliver, the latest first."""

    channels: list[ChannelStanding]
    items: list[Delivery]


class Asked(msgspec.Struct, frozen=True):
    """What is to be sent again, by its id."""

    id: str


class SideScore(msgspec.Struct, frozen=True):
    """Calibrated probabilities for one text; `flagged` by the policy's thresholds."""

    unsafe: float
    flagged: bool
    categories: dict[str, float]
    sources: list[Any] = msgspec.field(default_factory=list)
    why: dict[str, Any] | None = None


class ExchangeScore(msgspec.Struct, frozen=True):
    """Both sides of one exchange; None is a side that is absent or could not be scored.

    `unscored` gives the reason. `given` is what tools and documents gave, `conversation` the user's last
    turns together.
    """

    id: str
    prompt: SideScore | None = None
    response: SideScore | None = None
    given: SideScore | None = None
    conversation: SideScore | None = None
    unscored: dict[str, str] = msgspec.field(default_factory=dict)


class Unresolved(msgspec.Struct, frozen=True):
    """Numbers of incidents open or acknowledged."""

    total: int
    by_severity: dict[Severity, int]
    by_detector: dict[str, int]
    by_status: dict[str, int]


class Stats(msgspec.Struct, frozen=True):
    """The pipeline in numbers. `counts` are totals over all processes and restarts."""

    at: float
    counts: dict[str, int]
    backlog: dict[str, int]
    incidents: Unresolved
    versions: dict[str, str]
