"""An incident before it is written, and the findings that open or join it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detectors.base import Detection
from monitor.exchange.ident import derived
from monitor.grouping.reach import NOT_KNOWN, Reach
from monitor.grouping.severity import regraded, single
from monitor.grouping.stories import of_traffic
from monitor.incidents.incident import Incident, begin, belongs, join, of_all
from monitor.pipeline.watch import Finding
from monitor.policy import Policy


@dataclass(frozen=True, slots=True)
class Filed:
    """A finding on its way into an incident, and how far its trouble reaches by then.

    `wide` is its reach over all tenants and routes. `baseline` is what it was judged by; a
    `provisional` one is marked in the bundle.
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

    @property
    def vector(self) -> bytes | None:
        """The embedding, as the store takes it, by which a finding about one text is compared."""
        if self.detection.detector not in {"safety", "anomaly"}:
            return None
        x = self.finding.observation
        of_response = ".response." in self.detection.rule
        vector = x.response_embedding if of_response else x.prompt_embedding
        return vector.tobytes() if vector is not None and vector.any() else None

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


def draft_of(home: Incident | None, filed: Filed, policy: Policy) -> Draft:
    """The first finding that joins an incident, or opens one after the incident `home`."""
    found = _graded(filed.detection, policy)
    if home is not None and belongs(home, found, policy.incidents):
        return Draft(home, _regraded(join(home, found), filed, policy), (filed,))
    opened = begin(
        found,
        # It follows from the finding: a repeated attempt does not make a second incident.
        incident_id=derived(found.at, found.id),
        policy_version=policy.version,
        after="" if home is None else home.id,
    )
    # What is about traffic is a story from the first, also where nothing joins it.
    story = opened.id if of_traffic(opened) else ""
    opened = _regraded(replace(opened, story=story), filed, policy)
    return Draft(None, opened, (filed,))


def joined(draft: Draft, filed: Filed, policy: Policy) -> Draft:
    """The draft with one more finding."""
    incident = join(draft.incident, _graded(filed.detection, policy))
    # With each one, so that the severity is the same however many are written together.
    return Draft(draft.before, _regraded(incident, filed, policy), (*draft.filed, filed))


def _regraded(incident: Incident, filed: Filed, policy: Policy) -> Incident:
    return regraded(incident, filed.reach, policy.incidents.severity, at=filed.detection.at)


def _graded(detection: Detection, policy: Policy) -> Detection:
    severity = single(
        detection.severity,
        detection.detector,
        detection.detection_type,
        policy.incidents.severity,
    )
    return replace(detection, severity=severity)
