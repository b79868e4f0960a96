"""Finds the stored incident that a finding belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.grouping.alike import alike, side_of
from monitor.incidents.incident import belongs, fingerprint
from monitor.store.base import IncidentQuery
from monitor.store.traits import Among

if TYPE_CHECKING:
    from detectors.base import Detection
    from monitor.incidents.incident import Incident
    from monitor.pipeline.draft import Filed
    from monitor.policy import IncidentPolicy
    from monitor.store.base import Store

_NEAR = 8


async def place(
    store: Store, filed: Filed, policy: IncidentPolicy
) -> tuple[Incident | None, Filed]:
    """The stored incident that a finding joins, or that its new one comes after; the finding.

    `belongs` tells which. That of its own fingerprint goes before one of the like. While the same
    opens incidents for too many tenants, the finding is changed to one of all of them.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    detection = filed.detection
    latest = await store.latest_incident(fingerprint(detection))
    if latest is not None and belongs(latest, detection, policy):
        return latest, filed
    near = await _alike(store, filed, policy)
    if near is None and await _is_crowded(store, detection, policy):
        filed = filed.of_all()
        return await store.latest_incident(fingerprint(filed.detection)), filed
    return near or latest, filed


async def _alike(store: Store, filed: Filed, policy: IncidentPolicy) -> Incident | None:
    detection, vector = filed.detection, filed.vector
    if vector is None or not side_of(detection.rule) or policy.alike > 1.0:
        return None
    among = Among(model=(detection.model,), tenant=(detection.tenant,))
    near = await store.similar(vector, detector="safety", limit=_NEAR, among=among)
    found = [
        (incident, cosine)
        for name, cosine in near
        if cosine >= policy.alike and (incident := await store.get_incident(name))
    ]
    return alike(detection, found, policy)


async def _is_crowded(store: Store, detection: Detection, policy: IncidentPolicy) -> bool:
    """Whether enough incidents of this finding have opened lately, each for a tenant of its own."""
    if not policy.tenants or not detection.tenant:
        return False
    query = IncidentQuery(
        rule=(detection.rule,),
        kind=(detection.detection_type,),
        model=(detection.model,),
        first_since=detection.at - policy.cooldown,
        limit=policy.tenants,
    )
    return len((await store.incidents(query)).items) >= policy.tenants
