"""What happened to an incident, in order: traffic, changes, notes and what was done just before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.incidents.events import EventKind, PastEvent
from monitor.incidents.incident import Incident
from monitor.incidents.moments import Moment
from monitor.markers.marker import Marker

if TYPE_CHECKING:
    from monitor.incidents.bundle import Bundle
    from monitor.store.base import Store

BEFORE = 6 * 3_600.0
"""Seconds before an incident began within which what was done to the service may bear on it."""
_MARKERS = 50
_EVENTS = 1_000
_WORDS: dict[EventKind, str] = {
    "opened": "opened",
    "grew": "{after} detections by now",
    "severity": "severity from {before} to {after}",
    "acknowledged": "acknowledged",
    "assigned": "given to {after}",
    "noted": "noted",
    "resolved": "resolved",
    "recovered": "over by itself",
    "reopened": "open again",
    "linked": "linked: {after}{story}",
    "labelled": "labelled {verdict} {exchange}",
    "silenced": "raises no alert: silence {silences}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote on an incident, by itself or with the change `kind`."""

    at: float
    by: str
    text: str
    kind: EventKind


async def read_timeline(
    store: Store, incident: Incident, bundle: Bundle | None, *, tenant: str = ""
) -> list[Moment]:
    """Every moment that is known of an incident, oldest first.

    Of what was done to the service, that of six hours before and up to when it was last seen goes
    along, if it concerns the incident; for somebody of one tenant, only that of the tenant.
    """
    events = await store.events_of(incident.id, limit=_EVENTS)
    markers = await store.markers(
        since=incident.first_seen - BEFORE, until=incident.last_seen, limit=_MARKERS
    )
    seen = [each for each in markers if not tenant or each.tenant == tenant]
    return timeline(incident, bundle, events, seen)


async def read_notes(store: Store, incident_id: str) -> list[Note]:
    """What was written on an incident, oldest first, as far as its events are kept."""
    return [
        Note(at=event.at, by=event.by, text=event.note, kind=event.kind)
        for event in await store.events_of(incident_id, limit=_EVENTS)
        if event.note
    ]


def timeline(
    incident: Incident,
    bundle: Bundle | None,
    events: Iterable[PastEvent],
    markers: Iterable[Marker] = (),
) -> list[Moment]:
    """The moments of an incident, oldest first; what came at the same time stays in this order."""
    moments = [
        *map(_of_marker, (x for x in markers if x.concerns(incident.model, incident.tenant))),
        *_of_traffic(incident, bundle),
        *map(_of_event, events),
    ]
    return sorted(moments, key=lambda moment: moment.at)


def in_words(event: PastEvent) -> str:
    """What changed, in a few words, without who changed it and why."""
    return _WORDS[event.kind].format_map(defaultdict(str, event.details)).strip()


def _of_traffic(incident: Incident, bundle: Bundle | None) -> Iterator[Moment]:
    yield Moment(at=incident.first_seen, kind="first_seen", what="first seen")
    if incident.count > 1:
        told = f"last seen, detection {incident.count}"
        yield Moment(at=incident.last_seen, kind="last_seen", what=told)
    if bundle is not None:
        told = f"bundle made: {bundle.severity_reason}"
        yield Moment(at=bundle.created, kind="bundle", what=told)


def _of_event(event: PastEvent) -> Moment:
    return Moment(
        at=event.at,
        kind=event.kind,
        what=in_words(event),
        by=event.by,
        note=event.note,
        details=event.details,
    )


def _of_marker(marker: Marker) -> Moment:
    details = {"kind": marker.kind, "model": marker.model, "version": marker.version}
    return Moment(
        at=marker.at,
        kind="marker",
        what=f"{marker.kind}: {marker.text}",
        by=marker.by,
        details={name: value for name, value in details.items() if value},
    )
