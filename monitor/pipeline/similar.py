"""Similar violations: earlier incidents like this one."""

from __future__ import annotations

from detectors.observation import Vector
from monitor.bundle import SimilarViolation
from monitor.incidents import Incident
from monitor.store.base import IncidentQuery, Store

_LIMIT = 5
_LEAST = 0.5


async def by_vector(store: Store, incident: Incident, vector: Vector) -> list[SimilarViolation]:
    """Incidents of the same detector whose text is nearest, by cosine; at least 0.5."""
    found = await store.similar(
        vector.tobytes(), detector=incident.detector, limit=_LIMIT, exclude=incident.id
    )
    similar = []
    for incident_id, cosine in found:
        other = await store.get_incident(incident_id) if cosine >= _LEAST else None
        if other is not None:
            similar.append(_violation(other, cosine))
    return similar


async def by_attributes(store: Store, incident: Incident) -> list[SimilarViolation]:
    """Incidents of the same kind, for findings over a window, which have no text.

    The similarity is the share of model, route, tenant and rule that they have in common.
    """
    query = IncidentQuery(detector=incident.detector, kind=incident.kind, limit=_LIMIT + 1)
    page = await store.incidents(query)
    others = [other for other in page.items if other.id != incident.id][:_LIMIT]
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
    )
