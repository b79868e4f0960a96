"""Files findings as incidents: groups, counts each once, and writes the debug bundle."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from monitor import version
from monitor.incidents.bundle import Bundle
from monitor.incidents.detections import Keeping, KeptDetection
from monitor.incidents.events import EventKind, Signature, events_between
from monitor.incidents.incident import Incident
from monitor.incidents.similar import find_similar, traits_of
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.bundles import make_bundle
from monitor.pipeline.draft import Draft, Filed, draft_of
from monitor.pipeline.explaining import Explanations
from monitor.pipeline.placing import place
from monitor.pipeline.stories import link
from monitor.pipeline.watch import Finding
from monitor.policy import Policy
from monitor.record import decode_record
from monitor.silences.silence import silenced
from monitor.silences.silencing import MOST
from monitor.store.base import ConflictError, Store, StoreError
from monitor.surroundings.before import traffic_before

log = logging.getLogger(__name__)

_ATTEMPTS = 20


@dataclass
class IncidentFiler:
    """Turns findings into incidents. Filing the same finding again changes nothing.

    Bundles are offered to `explanations`, if there are any, once their incident is filed; `models`
    say in them which models score.
    """

    store: Store
    policy: Policy
    metrics: WorkerMetrics
    explanations: Explanations | None = None
    keeping: Keeping = field(default_factory=Keeping)
    models: Mapping[str, str] = field(default_factory=dict)

    async def file(
        self, finding: Finding, *, baseline: str = "", provisional: bool = False
    ) -> Incident | None:
        """The incident that the finding opened or joined; None if it was counted before.

        Raises
        ------
        StoreError
            The store does not answer, or others keep changing the incident.
        """
        return await self.file_again([Filed(finding, baseline, provisional=provisional)])

    async def file_again(self, several: Sequence[Filed]) -> Incident | None:
        """File findings one by one, whatever became of their incidents; the last that one changed.

        Raises
        ------
        StoreError
            As `file`.
        """
        last = None
        for filed in several:
            last = await self._file(filed) or last
        return last

    async def save(self, draft: Draft) -> Incident | None:
        """Write a draft in one go: incident, events and what was counted. None if all was before.

        Raises
        ------
        ConflictError
            The incident has changed, or some of the findings, not all, were counted before.
        """
        last = draft.filed[-1]
        at = max(each.detection.at for each in draft.filed)
        incident = draft.incident
        # The bundle goes first: an incident that can be seen has one, whenever the worker dies.
        bundle = None
        if draft.before is None or incident.severity != draft.before.severity:
            bundle = await self._bundle(incident, last)
        await self._keep(draft)
        silences = [] if draft.before else await self._silences(incident, at)
        told: dict[EventKind, dict[str, str]] = {"silenced": {"silences": " ".join(silences)}}
        saved = await self.store.save_incident(
            incident,
            expected_version=draft.before.version if draft.before else 0,
            latest=incident.after,
            counted=[each.detection.id for each in draft.filed],
            events=events_between(
                draft.before, incident, Signature("", at), told if silences else None
            ),
        )
        if not saved:
            return None
        self._count(draft, silent=bool(silences))
        if bundle is not None and self.explanations is not None:
            self.explanations.offer(bundle, last.finding)
        kept = replace(incident, version=incident.version + 1)
        return await link(self.store, draft.before, kept, self.policy.incidents.story)

    async def _keep(self, draft: Draft) -> None:
        """Keep each detection by itself, before it is counted: what is counted is not filed again."""
        kept = [KeptDetection.of(each.detection, draft.incident.id) for each in draft.filed]
        # At the server's memory limit incidents are still written, and these are not.
        with suppress(StoreError):
            await self.store.put_detections(kept, ttl=self.keeping.ttl, room=self.keeping.room)

    async def _file(self, filed: Filed) -> Incident | None:
        detection, policy = filed.detection, self.policy.incidents
        for _ in range(_ATTEMPTS):
            if await self.store.is_counted(detection.id):
                return None
            try:
                return await self.save(
                    draft_of(*await place(self.store, filed, policy), self.policy)
                )
            except ConflictError:
                continue
        raise ConflictError(f"incident of rule {detection.rule} keeps changing; trying again later")

    async def _bundle(self, incident: Incident, filed: Filed) -> Bundle:
        vector = filed.vector
        similar = await find_similar(self.store, incident, vector)
        if vector is not None:
            traits = traits_of(incident)
            await self.store.put_vector(incident.id, incident.detector, vector, traits)
        data = await self.store.get_exchange(filed.finding.observation.id)
        bundle = make_bundle(
            incident,
            filed.finding,
            decode_record(data) if data else None,
            similar=similar,
            policy=self.policy,
            versions={
                "sidewatch": version(),
                "policy": self.policy.version,
                **self.models,
                **_versions(filed.baseline, provisional=filed.provisional),
            },
        )
        bundle = replace(bundle, changed_before=await traffic_before(self.store, incident))
        await self.store.put_bundle(bundle)
        return bundle

    async def _silences(self, incident: Incident, at: float) -> list[str]:
        found = await self.store.silences(ending_after=at, limit=MOST)
        return silenced(incident, found, at)

    def _count(self, draft: Draft, *, silent: bool) -> None:
        for filed in draft.filed:
            found = filed.detection
            labels = (found.detector, found.detection_type, found.severity)
            self.metrics.detections.labels(*labels).inc()
        if draft.before is None:
            found = draft.filed[0].detection
            labels = (found.detector, found.detection_type, found.severity)
            self.metrics.incidents.labels(*labels).inc()
            if silent:
                self.metrics.silenced.labels(found.detector, found.severity).inc()
            log.warning("incident: %s %s %s on %s", found.severity, *labels[:2], found.model)


def _versions(baseline: str, *, provisional: bool) -> dict[str, str]:
    if not baseline:
        return {"baseline": "none"}
    return {
        "baseline": baseline,
        "baseline_standing": "provisional" if provisional else "promoted",
    }
