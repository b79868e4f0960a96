"""Incidents: detections that belong together, with a life cycle. Pure functions, no I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Literal

from detectors.base import Detection, DetectorName, Severity
from monitor.errors import MonitorError
from monitor.labels.label import LabelVerdict
from monitor.policy import IncidentPolicy

Status = Literal["open", "acknowledged", "resolved"]

RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
"""Severities by how grave they are."""

End = Literal["", "by_hand", "by_itself"]

_SAMPLE = 20


class TransitionError(MonitorError):
    """The incident cannot go from its status to the one asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Detections of one fingerprint that came close together.

    `count` is the number of detections, `exchange_ids` a sample of them (the first and the latest),
    `score` the largest seen. Times are seconds since the epoch on the exchanges' clock; `updated`
    is when a person or the worker last changed it. `verdict` is what the labels that people gave say
    of it. `silenced_by` are the silences in force when it is shown: it is not kept. `version` grows with
    every write.

    `began` is when the trouble began as far as that is known, which for a drift is before it was
    first seen. `found` has for each severity when a finding last had it; `severity_reason` tells how
    the incident's own came about, which it has since `severity_at`. `share` of the traffic, `tenants`
    and `users` say how far it reached at the most. Incidents of one `story` began together. `after`
    is the incident of the same trouble before this one; `ended` says who resolved it, at `ended_at`,
    and `reopened` how often it came back since.
    """

    id: str
    fingerprint: str
    detector: DetectorName
    kind: str
    rule: str
    severity: Severity
    title: str
    model: str
    first_seen: float
    last_seen: float
    score: float
    threshold: float
    route: str = ""
    tenant: str = ""
    status: Status = "open"
    count: int = 1
    exchange_ids: list[str] = field(default_factory=list)
    policy: str = ""
    updated: float = 0.0
    owner: str = ""
    note: str = ""
    links: list[str] = field(default_factory=list)
    silenced_by: list[str] = field(default_factory=list)
    verdict: LabelVerdict | None = None
    version: int = 0
    began: float = 0.0
    found: dict[Severity, float] = field(default_factory=dict)
    severity_reason: str = ""
    severity_at: float = 0.0
    share: float | None = None
    tenants: int = 0
    users: int = 0
    story: str = ""
    after: str = ""
    ended: End = ""
    ended_at: float = 0.0
    reopened: int = 0

    @property
    def since(self) -> float:
        """When the trouble began, as far as that is known."""
        return self.began or self.first_seen


def fingerprint(detection: Detection) -> str:
    """What makes two detections the same trouble: rule, kind, model, route and tenant."""
    parts = (
        detection.detector,
        detection.rule,
        detection.detection_type,
        detection.model,
        detection.route,
        detection.tenant,
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def of_all(detection: Detection) -> Detection:
    """The detection as one of all tenants and routes of its model."""
    return replace(detection, tenant="", route="")


def belongs(incident: Incident, detection: Detection, policy: IncidentPolicy) -> bool:
    """Whether a detection of the same trouble joins the incident rather than opening another.

    One of drift lasts until its change is over, however long ago it was last seen. One that a person
    resolved takes no more; one that was over by itself goes on if it comes back soon. What was found
    before that, and is only read now, joins as if the incident were still open.
    """
    if incident.status == "resolved":
        if incident.ended != "by_itself":
            return False
        if detection.at > incident.ended_at:
            return detection.at <= incident.ended_at + policy.reopen
    if incident.detector == "drift":
        return True
    start, end = incident.first_seen - policy.cooldown, incident.last_seen + policy.cooldown
    return start <= detection.at <= end


def begin(
    detection: Detection, *, incident_id: str, policy_version: str, after: str = ""
) -> Incident:
    """The incident that a detection opens; `after` is the one before it of the same trouble."""
    return Incident(
        id=incident_id,
        fingerprint=fingerprint(detection),
        detector=detection.detector,
        kind=detection.detection_type,
        rule=detection.rule,
        severity=detection.severity,
        title=title(detection),
        model=detection.model,
        route=detection.route,
        tenant=detection.tenant,
        first_seen=detection.at,
        last_seen=detection.at,
        score=detection.score,
        threshold=detection.threshold,
        exchange_ids=[detection.exchange_id] if detection.exchange_id else [],
        policy=policy_version,
        updated=detection.at,
        began=_onset(detection),
        found={detection.severity: detection.at},
        severity_at=detection.at,
        after=after,
    )


def join(incident: Incident, detection: Detection) -> Incident:
    """The incident with one more detection; the order in which they come does not matter.

    One that was over by itself is open again. The severity stays: `monitor.grouping.severity` says it.
    """
    last = max(incident.found.get(detection.severity, detection.at), detection.at)
    joined = replace(
        incident,
        found={**incident.found, detection.severity: last},
        began=min(incident.since, _onset(detection)),
        first_seen=min(incident.first_seen, detection.at),
        last_seen=max(incident.last_seen, detection.at),
        score=max(incident.score, detection.score),
        count=incident.count + 1,
        exchange_ids=_sampled(incident.exchange_ids, detection.exchange_id),
        updated=max(incident.updated, detection.at),
    )
    if incident.status != "resolved" or detection.at <= incident.ended_at:
        return joined
    return replace(joined, status="open", ended="", reopened=incident.reopened + 1)


def acknowledge(incident: Incident, *, at: float, owner: str = "", note: str = "") -> Incident:
    """Somebody has taken it on.

    Raises
    ------
    TransitionError
        It is already resolved.
    """
    if incident.status == "resolved":
        raise TransitionError(
            f"incident {incident.id} is resolved; it can no longer be acknowledged"
        )
    return _changed(incident, "acknowledged", at=at, owner=owner, note=note)


def resolve(incident: Incident, *, at: float, owner: str = "", note: str = "") -> Incident:
    """It is over; the next detection of the same fingerprint opens a new incident."""
    changed = _changed(incident, "resolved", at=at, owner=owner, note=note)
    return replace(changed, ended="by_hand", ended_at=at)


def recover(incident: Incident, *, at: float, reason: str) -> Incident:
    """It is over by itself; the reason goes behind what people have noted.

    Raises
    ------
    TransitionError
        It is already resolved.
    """
    if incident.status == "resolved":
        raise TransitionError(f"incident {incident.id} is resolved already")
    over = resolve(incident, at=at, note=f"{incident.note} {reason}".strip())
    return replace(over, ended="by_itself")


def assign(incident: Incident, *, at: float, owner: str = "", note: str = "") -> Incident:
    """Somebody has it or has noted something; the status stays."""
    return _changed(incident, incident.status, at=at, owner=owner, note=note)


def reopen(incident: Incident, *, at: float, owner: str = "", note: str = "") -> Incident:
    """It is not over after all, or nobody is on it.

    Raises
    ------
    TransitionError
        It is open already.
    """
    if incident.status == "open":
        raise TransitionError(f"incident {incident.id} is open already")
    changed = _changed(incident, "open", at=at, owner=owner, note=note)
    return replace(changed, ended="", ended_at=0.0)


def judge(incident: Incident, *, at: float, verdict: LabelVerdict) -> Incident:
    """People have said whether it was right; its status stays."""
    return replace(incident, verdict=verdict, updated=max(incident.updated, at))


def title(detection: Detection) -> str:
    """One line for a list: what was found, and where."""
    kind = detection.detection_type.replace("_", " ")
    where = detection.model or "unknown model"
    return f"{detection.detector}: {kind} on {where}{detection.route and ' ' + detection.route}"


def _onset(detection: Detection) -> float:
    return detection.at if detection.shift is None else min(detection.at, detection.shift.onset.at)


def _changed(incident: Incident, status: Status, *, at: float, owner: str, note: str) -> Incident:
    return replace(
        incident,
        status=status,
        updated=max(incident.updated, at),
        owner=owner or incident.owner,
        note=note or incident.note,
    )


def _sampled(ids: list[str], new: str) -> list[str]:
    if not new or new in ids:
        return ids
    return (
        [*ids, new] if len(ids) < _SAMPLE else [*ids[: _SAMPLE // 2], *ids[_SAMPLE // 2 + 1 :], new]
    )
