"""What became of an incident, and what people did about it: for whoever has one like it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.incidents.timeline import in_words

if TYPE_CHECKING:
    from monitor.incidents.bundle import SimilarViolation
    from monitor.incidents.events import PastEvent
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

_EVENTS = 100
_DONE = 8


async def with_outcomes(
    store: Store, similar: Sequence[SimilarViolation]
) -> list[SimilarViolation]:
    """The violations as they are now, with how each ended and what was done about it, latest last.

    One that is gone by now stays as it was.
    """
    return list(await asyncio.gather(*(_with_outcome(store, each) for each in similar)))


def outcome(incident: Incident) -> str:
    """How an incident ended, in a few words; "open" or "acknowledged" if it has not."""
    if incident.status != "resolved":
        return incident.status
    how = "over by itself" if incident.ended == "by_itself" else "resolved"
    if not incident.ended_at:
        return how
    return f"{how} after {_span(incident.ended_at - incident.since)}"


async def _with_outcome(store: Store, similar: SimilarViolation) -> SimilarViolation:
    incident, events = await asyncio.gather(
        store.get_incident(similar.incident_id),
        store.events_of(similar.incident_id, limit=_EVENTS),
    )
    if incident is None:
        return similar
    return replace(
        similar,
        status=incident.status,
        last_seen=incident.last_seen,
        note=incident.note,
        verdict=incident.verdict,
        outcome=outcome(incident),
        done=[_told(event) for event in events if event.by or event.note][-_DONE:],
    )


def _told(event: PastEvent) -> str:
    who = f" by {event.by}" if event.by else ""
    return f"{in_words(event)}{who}{event.note and ': ' + event.note}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{_shown(seconds / size)} {unit}"
    return f"{_shown(max(0.0, seconds))} s"


def _shown(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
