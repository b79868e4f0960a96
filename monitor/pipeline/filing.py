"""Files findings as incidents: groups, counts each once, and writes the debug bundle."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from detectors.base import Detection
from monitor import version
from monitor.bundle import Bundle
from monitor.events import Signature, events_between
from monitor.exchange.ident import derived
from monitor.incidents import Incident, begin, belongs, fingerprint, join
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.bundles import make_bundle
from monitor.pipeline.explaining import Explanations
from monitor.pipeline.watch import Finding
from monitor.policy import Policy
from monitor.record import decode_record
from monitor.similar import find_similar
from monitor.store.base import ConflictError, Store

log = logging.getLogger(__name__)

_ATTEMPTS = 20


@dataclass
class IncidentFiler:
    """Turns findings into incidents. Filing the same finding again changes nothing.

    Bundles are offered to `explanations`, if there are any, once their incident is filed.
    """

    store: Store
    policy: Policy
    metrics: WorkerMetrics
    explanations: Explanations | None = None

    async def file(
        self, finding: Finding, *, baseline: str = "", provisional: bool = False
    ) -> Incident | None:
        """The incident that the finding opened or joined; None if it was counted before.

        `baseline` is what it was judged by; a `provisional` one is marked in the bundle.

        Raises
        ------
        StoreError
            The store does not answer, or others keep changing the incident.
        """
        detection = finding.detection
        for _ in range(_ATTEMPTS):
            if await self.store.is_counted(detection.id):
                return None
            try:
                return await self._attempt(finding, _versions(baseline, provisional=provisional))
            except ConflictError:
                continue
        raise ConflictError(f"incident of rule {detection.rule} keeps changing; trying again later")

    async def _attempt(self, finding: Finding, versions: dict[str, str]) -> Incident | None:
        detection = finding.detection
        latest = await self.store.latest_incident(fingerprint(detection))
        if latest is None or not belongs(latest, detection, self.policy.incidents):
            latest, before = None, 0
            incident = self._begin(detection)
        else:
            incident, before = join(latest, detection), latest.version
        # The bundle goes first: an incident that can be seen has one, whenever the worker dies.
        bundle = None
        if before == 0 or (latest and incident.severity != latest.severity):
            bundle = await self._bundle(incident, finding, versions)
        saved = await self.store.save_incident(
            incident,
            expected_version=before,
            counted=[detection.id],
            events=events_between(latest, incident, Signature("", detection.at)),
        )
        if not saved:
            return None
        self._count(detection, opened=before == 0)
        if bundle is not None and self.explanations is not None:
            self.explanations.offer(bundle, finding)
        return incident

    def _begin(self, detection: Detection) -> Incident:
        # The id follows from the finding, so that a repeated attempt does not make a second one.
        return begin(
            detection,
            incident_id=derived(detection.at, detection.id),
            policy_version=self.policy.version,
        )

    async def _bundle(
        self, incident: Incident, finding: Finding, versions: dict[str, str]
    ) -> Bundle:
        vector = _vector(finding)
        similar = await find_similar(self.store, incident, vector)
        if vector is not None:
            await self.store.put_vector(incident.id, incident.detector, vector)
        data = await self.store.get_exchange(finding.observation.id)
        bundle = make_bundle(
            incident,
            finding,
            decode_record(data) if data else None,
            similar=similar,
            versions={"sidewatch": version(), "policy": self.policy.version, **versions},
        )
        await self.store.put_bundle(bundle)
        return bundle

    def _count(self, detection: Detection, *, opened: bool) -> None:
        labels = (detection.detector, detection.detection_type, detection.severity)
        self.metrics.detections.labels(*labels).inc()
        if opened:
            self.metrics.incidents.labels(*labels).inc()
            log.warning(
                "incident: %s %s %s on %s", detection.severity, *labels[:2], detection.model
            )


def _versions(baseline: str, *, provisional: bool) -> dict[str, str]:
    if not baseline:
        return {"baseline": "none"}
    return {
        "baseline": baseline,
        "baseline_standing": "provisional" if provisional else "promoted",
    }


def _vector(finding: Finding) -> bytes | None:
    """The embedding, as the store takes it, by which a finding about one text is compared with others."""
    if finding.detection.detector not in {"safety", "anomaly"}:
        return None
    x = finding.observation
    of_response = ".response." in finding.detection.rule
    vector = x.response_embedding if of_response else x.prompt_embedding
    return vector.tobytes() if vector is not None and vector.any() else None
