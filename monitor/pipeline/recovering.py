"""Resolves incidents whose trouble is over, so that what is open is what is the matter now."""

from __future__ import annotations

import logging
from contextlib import suppress

from detectors.base import DetectorName, Recovery
from monitor.baselines.traffic import Traffic
from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, TransitionError, recover
from monitor.store.base import IncidentQuery, Store

log = logging.getLogger(__name__)

_MOST = 500


async def recovered(store: Store, recovery: Recovery) -> list[Incident]:
    """Resolve the incidents of the rule and traffic that a recovery names; those it changed.

    Raises
    ------
    StoreError
        The store does not answer, or others keep changing an incident.
    """
    return [
        changed
        for incident in await unresolved(store, recovery.detector, recovery.model)
        if (incident.rule, incident.route, incident.tenant)
        == (recovery.rule, recovery.route, recovery.tenant)
        and recovery.detection_type in {"", incident.kind}
        and (changed := await _end(store, incident, recovery.at, recovery.reason))
    ]


async def replaced(store: Store, traffic: Traffic, baseline: str, *, at: float) -> list[Incident]:
    """Resolve the drift incidents of traffic that is judged by another baseline than they were.

    Raises
    ------
    StoreError
        As `recovered`.
    """
    reason = f"Compared with another baseline from now on: {baseline}."
    return [
        changed
        for incident in await unresolved(store, "drift", traffic.model)
        if Traffic.of(incident) == traffic and (changed := await _end(store, incident, at, reason))
    ]


async def unresolved(store: Store, detector: DetectorName, model: str) -> list[Incident]:
    """A model's incidents of one detector that nobody has resolved."""
    found: list[Incident] = []
    for status in ("open", "acknowledged"):
        query = IncidentQuery(status=status, detector=detector, model=model, limit=_MOST)
        found += (await store.incidents(query)).items
    return [incident for incident in found if incident.model == model]


async def _end(store: Store, incident: Incident, at: float, reason: str) -> Incident | None:
    with suppress(TransitionError):
        changed = await change_stored(
            store,
            incident.id,
            lambda as_it_is: recover(as_it_is, at=at, reason=reason),
            Signature("", at, reason),
        )
        if changed is not None:
            log.info("incident %s is resolved: %s", incident.id, reason)
        return changed
    return None
