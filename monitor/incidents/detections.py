"""Detections as they are kept: each by itself, for a while, beside the incident that counts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from detectors.base import Detection, DetectorName, Evidence, Severity

Values = str | tuple[str, ...]
"""What a filter lets pass: one value or any of several; "" or none of them lets all pass.

The value "" in a tuple lets pass what has none, such as incidents without an owner.
"""

DETECTION_FACETS = (
    "incident_id",
    "exchange_id",
    "detector",
    "kind",
    "rule",
    "severity",
    "model",
    "route",
    "tenant",
)
"""Fields of a kept detection that a query may fix; the query names them alike."""

DetectionSort = Literal["at", "-at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDetection:
    """One detection and the incident that counts it. The same finding again has the same `id`."""

    id: str
    at: float
    incident_id: str
    detector: DetectorName
    kind: str
    rule: str
    severity: Severity
    score: float
    threshold: float
    model: str
    exchange_id: str = ""
    route: str = ""
    tenant: str = ""
    evidence: list[Evidence] = field(default_factory=list)

    @classmethod
    def of(cls, detection: Detection, incident_id: str) -> KeptDetection:
        """The detection as an incident counts it."""
        return cls(
            id=detection.id,
            at=detection.at,
            incident_id=incident_id,
            detector=detection.detector,
            kind=detection.detection_type,
            rule=detection.rule,
            severity=detection.severity,
            score=detection.score,
            threshold=detection.threshold,
            model=detection.model,
            exchange_id=detection.exchange_id,
            route=detection.route,
            tenant=detection.tenant,
            evidence=list(detection.evidence),
        )


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many seconds detections are kept, and how many of all at most."""

    ttl: float = 7 * 86_400.0
    room: int = 20_000


@dataclass(frozen=True, slots=True)
class DetectionQuery:
    """Filters, order and page of a list of detections, as those of a list of incidents are.

    `since` and `until` bound `at`, in seconds since the epoch, both included.
    """

    incident_id: Values = ()
    exchange_id: Values = ()
    detector: Values = ()
    kind: Values = ()
    rule: Values = ()
    severity: Values = ()
    model: Values = ()
    route: Values = ()
    tenant: Values = ()
    since: float | None = None
    until: float | None = None
    sort: DetectionSort = "-at"
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class DetectionPage:
    """One page of detections; `cursor` is empty on the last."""

    items: list[KeptDetection]
    cursor: str = ""
