"""Similar violations as they stand now."""

from __future__ import annotations

from dataclasses import replace

from monitor.bundle import SimilarViolation
from monitor.store.base import Store


async def similar_to(store: Store, incident_id: str, *, limit: int) -> list[SimilarViolation]:
    """What the bundle found similar, with today's status, note and time; [] without a bundle."""
    bundle = await store.get_bundle(incident_id)
    found = bundle.similar_violations[:limit] if bundle else []
    return [await _as_of_now(store, violation) for violation in found]


async def _as_of_now(store: Store, violation: SimilarViolation) -> SimilarViolation:
    incident = await store.get_incident(violation.incident_id)
    if incident is None:
        return violation
    return replace(
        violation,
        title=incident.title,
        status=incident.status,
        last_seen=incident.last_seen,
        note=incident.note,
    )
