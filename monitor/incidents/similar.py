"""Similar violations: other incidents like this one."""

from __future__ import annotations

import asyncio

from monitor.incidents.bundle import SimilarViolation
from monitor.incidents.incident import Incident
from monitor.store.base import IncidentQuery, Store
from monitor.store.traits import ALL, Among, Traits

_LEAST = 0.5


async def find_similar(
    store: Store,
    incident: Incident,
    vector: bytes | None,
    *,
    limit: int = 5,
    among: Among = ALL,
) -> list[SimilarViolation]:
    """Other incidents of the same detector that are most like this one, as they are now.

    With a vector, those whose text is nearest by cosine, from 0.5 on. Without one, as for findings
    over a window, those of the same kind: the similarity is the share of model, route, tenant and
    rule that they have in common. Only those that `among` lets pass are looked through.
    """
    if vector is None:
        return await _by_attributes(store, incident, limit, among)
    return await _by_vector(store, incident, vector, limit, among)


def traits_of(incident: Incident) -> Traits:
    """By what a search for similar incidents finds or leaves out this one."""
    return Traits(incident.kind, incident.model, incident.tenant)


async def _by_vector(
    store: Store, incident: Incident, vector: bytes, limit: int, among: Among
) -> list[SimilarViolation]:
    nearest = await store.similar(
        vector, detector=incident.detector, limit=limit, exclude=incident.id, among=among
    )
    near = [(name, cosine) for name, cosine in nearest if cosine >= _LEAST]
    others = await asyncio.gather(*(store.get_incident(name) for name, _ in near))
    pairs = zip(others, near, strict=True)
    return [_violation(other, cosine) for other, (_, cosine) in pairs if other is not None]


async def _by_attributes(
    store: Store, incident: Incident, limit: int, among: Among
) -> list[SimilarViolation]:
    if among.kind and incident.kind not in among.kind:
        return []
    query = IncidentQuery(
        detector=incident.detector,
        kind=incident.kind,
        model=among.model,
        tenant=among.tenant,
        limit=limit + 1,
    )
    page = await store.incidents(query)
    others = [other for other in page.items if other.id != incident.id][:limit]
    rated = [_violation(other, _in_common(incident, other)) for other in others]
    return sorted(rated, key=lambda violation: -violation.similarity)


def _in_common(one: Incident, other: Incident) -> float:
    pairs = (
        (one.model, other.model),
        (one.route, other.route),
        (one.tenant, other.tenant),
        (one.rule, other.rule),
    )
    return sum(a == b for a, b in pairs) / len(pairs)


def _violation(incident: Incident, similarity: float) -> SimilarViolation:
    return SimilarViolation(
        incident_id=incident.id,
        similarity=round(similarity, 4),
        title=incident.title,
        status=incident.status,
        last_seen=incident.last_seen,
        note=incident.note,
        verdict=incident.verdict,
    )
