"""Events: every change of an incident, in the order in which the changes were saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from monitor.errors import MonitorError
from monitor.incidents.incident import Incident, Status

EventKind = Literal[
    "opened",
    "grew",
    "severity",
    "acknowledged",
    "assigned",
    "noted",
    "resolved",
    "recovered",
    "reopened",
    "linked",
    "labelled",
    "silenced",
]

_POSITION = re.compile(r"\d{1,18}-\d{1,18}")
_DONE: dict[Status, EventKind] = {"acknowledged": "acknowledged", "open": "reopened"}


class EventIdError(MonitorError):
    """What was given is not the id of an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent:
    """One change of an incident. `incident` is how the incident was after it.

    `id` is the event's place in the log, given by the store: `position` puts ids in order. `at` is in
    seconds since the epoch; `by` is whoever made the change, "" for Sidewatch itself. `note` is what
    they wrote. `details` tell what changed: `before` and `after`, or what the kind needs.
    """

    at: float
    kind: EventKind
    incident: Incident
    id: str = ""
    by: str = ""
    note: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def incident_id(self) -> str:
        """The incident that was changed."""
        return self.incident.id


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent:
    """An event as its incident keeps it: without the incident, but with what a list shows of it."""

    id: str
    at: float
    kind: EventKind
    incident_id: str
    status: Status
    severity: str
    count: int
    by: str = ""
    note: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who changes something ("" for Sidewatch itself), when, in seconds since the epoch, and why."""

    by: str
    at: float
    note: str = ""


def events_between(
    before: Incident | None,
    after: Incident,
    signature: Signature,
    also: Mapping[EventKind, dict[str, str]] | None = None,
) -> list[IncidentEvent]:
    """The events of one change; `before` is None if it opened the incident.

    `also` are events, with their details, that the difference does not tell. A note that came with
    another change is told with that change, one that came alone is an event of its own.
    """
    told = [*_told(before, after, signature.by), *(also or {}).items()]
    if signature.note and not told:
        told = [("noted", {})]
    return [
        IncidentEvent(
            at=signature.at,
            kind=kind,
            incident=after,
            by=signature.by,
            note="" if place else signature.note,
            details=details,
        )
        for place, (kind, details) in enumerate(told)
    ]


def past(event: IncidentEvent) -> PastEvent:
    """The event as its incident keeps it."""
    return PastEvent(
        id=event.id,
        at=event.at,
        kind=event.kind,
        incident_id=event.incident.id,
        status=event.incident.status,
        severity=event.incident.severity,
        count=event.incident.count,
        by=event.by,
        note=event.note,
        details=event.details,
    )


def position(event_id: str) -> tuple[int, int]:
    """An event's id as what puts it in order; "" stands before all events.

    Raises
    ------
    EventIdError
        It is not the id of an event.
    """
    if not event_id:
        return (0, 0)
    if not _POSITION.fullmatch(event_id):
        raise EventIdError(f"{event_id!r} is not the id of an event, such as 1764000000000-0")
    time, _, number = event_id.partition("-")
    return int(time), int(number)


def _told(
    before: Incident | None, after: Incident, by: str
) -> Iterator[tuple[EventKind, dict[str, str]]]:
    if before is None:
        yield "opened", {}
        return
    if after.status != before.status:
        ended: EventKind = "resolved" if by else "recovered"
        yield _DONE.get(after.status, ended), {"before": before.status}
    if after.links != before.links:
        yield "linked", {"before": " ".join(before.links), "after": " ".join(after.links)}
    if after.owner != before.owner:
        yield "assigned", {"before": before.owner, "after": after.owner}
    if after.severity != before.severity:
        yield "severity", {"before": before.severity, "after": after.severity}
    if len(str(after.count)) > len(str(before.count)):
        yield "grew", {"before": str(before.count), "after": str(after.count)}
