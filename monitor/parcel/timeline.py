"""What happened to an incident, in order: the traffic that it is about, and what people did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.audit import AuditEntry
from monitor.bundle import Bundle
from monitor.incidents import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, `at` in seconds since the epoch; `by` is a person, or ""."""

    at: float
    what: str
    by: str = ""


def timeline(incident: Incident, bundle: Bundle | None, audit: Iterable[AuditEntry]) -> list[Event]:
    """Every event that is known of an incident, oldest first."""
    events = [
        Event(at=incident.first_seen, what="first seen"),
        Event(at=incident.last_seen, what=f"last seen, detection {incident.count}"),
        *(_done(entry) for entry in audit if entry.subject == incident.id),
    ]
    if bundle is not None:
        events.append(Event(at=bundle.created, what=f"bundle made: {bundle.severity_reason}"))
    return sorted(events, key=lambda event: event.at)


def _done(entry: AuditEntry) -> Event:
    told = ", ".join(f"{name} {value}" for name, value in entry.details.items() if value)
    return Event(at=entry.at, by=entry.by, what=f"{entry.action}{told and ': ' + told}")
