"""Files findings as incidents: groups, counts each once, and writes the debug bundle."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from detectors.base import Detection
from monitor import version
from monitor.before import traffic_before
from monitor.bundle import Bundle
from monitor.detections import Keeping, KeptDetection
from monitor.events import EventKind, Signature, events_between
from monitor.exchange.ident import derived
from monitor.grouping.alike import alike, side_of
from monitor.grouping.reach import NOT_KNOWN, Reach
from monitor.grouping.severity import regraded, single
from monitor.grouping.stories import of_traffic
from monitor.incidents import Incident, begin, belongs, fingerprint, join, of_all
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.bundles import make_bundle
from monitor.pipeline.explaining import Explanations
from monitor.pipeline.stories import link
from monitor.pipeline.watch import Finding
from monitor.policy import Policy
from monitor.record import decode_record
from monitor.silences import silenced
from monitor.silencing import MOST
from monitor.similar import find_similar, traits_of
from monitor.store.base import ConflictError, IncidentQuery, Store, StoreError
from monitor.store.traits import Among

log = logging.getLogger(__name__)

_ATTEMPTS = 20
_NEAR = 8


@dataclass(frozen=True, slots=True)
class Filed:
    """A finding on its way into an incident, and how far its trouble reaches by then.

    `wide` is its reach over all tenants and routes. `baseline` is what it was judged by; a `provisional` one is marked in the bundle.
    """

    finding: Finding
    baseline: str = ""
    provisional: bool = False
    reach: Reach = NOT_KNOWN
    wide: Reach = NOT_KNOWN

    @property
    def detection(self) -> Detection:
        """What was found."""
        return self.finding.detection

    def of_all(self) -> Filed:
        """The same finding as one of all tenants and routes of its model."""
        finding = replace(self.finding, detection=of_all(self.detection))
        return replace(self, finding=finding, reach=self.wide)


@dataclass(frozen=True, slots=True)
class Draft:
    """An incident as it is to be written: as it was stored, if it was, and what joins it."""

    before: Incident | None
    incident: Incident
    filed: tuple[Filed, ...]


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

    async def place(self, filed: Filed) -> tuple[Incident | None, Filed]:
        """The stored incident that a finding joins, or that its new one comes after; the finding.

        `belongs` tells which. That of its own fingerprint goes before one of the like. While the
        same opens incidents for too many tenants, the finding is changed to one of all of them.
        """
        detection = filed.detection
        latest = await self.store.latest_incident(fingerprint(detection))
        if latest is not None and belongs(latest, detection, self.policy.incidents):
            return latest, filed
        near = await self._alike(detection, vector_of(filed.finding))
        if near is None and await self._is_crowded(detection):
            filed = filed.of_all()
            return await self.store.latest_incident(fingerprint(filed.detection)), filed
        return near or latest, filed

    def draft(self, home: Incident | None, filed: Filed) -> Draft:
        """The first finding that joins an incident, or opens one after the incident `home`."""
        found = self._graded(filed.detection)
        if home is None or not belongs(home, found, self.policy.incidents):
            # The id follows from the finding: a repeated attempt does not make a second incident.
            opened = begin(
                found,
                incident_id=derived(found.at, found.id),
                policy_version=self.policy.version,
                after="" if home is None else home.id,
            )
            # What is about traffic is a story from the first, also where nothing joins it.
            story = opened.id if of_traffic(opened) else ""
            return Draft(None, replace(opened, story=story), (filed,))
        return Draft(home, join(home, found), (filed,))

    def joined(self, draft: Draft, filed: Filed) -> Draft:
        """The draft with one more finding."""
        incident = join(draft.incident, self._graded(filed.detection))
        return Draft(draft.before, incident, (*draft.filed, filed))

    async def save(self, draft: Draft) -> Incident | None:
        """Write a draft in one go: incident, events and what was counted. None if all was before.

        Raises
        ------
        ConflictError
            The incident has changed, or some of the findings, not all, were counted before.
        """
        last = draft.filed[-1]
        at = max(each.detection.at for each in draft.filed)
        incident = regraded(draft.incident, last.reach, self.policy.incidents.severity, at=at)
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
        detection = filed.detection
        for _ in range(_ATTEMPTS):
            if await self.store.is_counted(detection.id):
                return None
            try:
                return await self.save(self.draft(*await self.place(filed)))
            except ConflictError:
                continue
        raise ConflictError(f"incident of rule {detection.rule} keeps changing; trying again later")

    async def _is_crowded(self, detection: Detection) -> bool:
        """Whether enough incidents of this finding have opened lately, each for a tenant of its own."""
        most = self.policy.incidents.tenants
        if not most or not detection.tenant:
            return False
        query = IncidentQuery(
            rule=(detection.rule,),
            kind=(detection.detection_type,),
            model=(detection.model,),
            first_since=detection.at - self.policy.incidents.cooldown,
            limit=most,
        )
        return len((await self.store.incidents(query)).items) >= most

    async def _alike(self, detection: Detection, vector: bytes | None) -> Incident | None:
        policy = self.policy.incidents
        if vector is None or not side_of(detection.rule) or policy.alike > 1.0:
            return None
        among = Among(model=(detection.model,), tenant=(detection.tenant,))
        near = await self.store.similar(vector, detector="safety", limit=_NEAR, among=among)
        found = [
            (incident, cosine)
            for name, cosine in near
            if cosine >= policy.alike and (incident := await self.store.get_incident(name))
        ]
        return alike(detection, found, policy)

    def _graded(self, detection: Detection) -> Detection:
        policy = self.policy.incidents.severity
        kind = detection.detection_type
        return replace(
            detection, severity=single(detection.severity, detection.detector, kind, policy)
        )

    async def _bundle(self, incident: Incident, filed: Filed) -> Bundle:
        vector = vector_of(filed.finding)
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


def vector_of(finding: Finding) -> bytes | None:
    """The embedding, as the store takes it, by which a finding about one text is compared with others."""
    if finding.detection.detector not in {"safety", "anomaly"}:
        return None
    x = finding.observation
    of_response = ".response." in finding.detection.rule
    vector = x.response_embedding if of_response else x.prompt_embedding
    return vector.tobytes() if vector is not None and vector.any() else None


def _versions(baseline: str, *, provisional: bool) -> dict[str, str]:
    if not baseline:
        return {"baseline": "none"}
    return {
        "baseline": baseline,
        "baseline_standing": "provisional" if provisional else "promoted",
    }
