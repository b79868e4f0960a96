"""Builds the debug bundle of an incident from the finding that raised it."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.base import Detection, Evidence
from monitor.actions import recommend
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.incidents.incident import Incident
from monitor.pipeline.shifts import shift_summary
from monitor.pipeline.watch import Finding
from monitor.policy import Policy
from monitor.record import ExchangeRecord

_FACTORS = 32
_WHOSE = ("tenant=", "route=", "model=")


def make_bundle(
    incident: Incident,
    finding: Finding,
    record: ExchangeRecord | None,
    *,
    similar: list[SimilarViolation],
    versions: dict[str, str],
    policy: Policy | None = None,
) -> Bundle:
    """The bundle as of this finding. `record` is the stored exchange, None if it has expired.

    With the policy that judged, it recommends what to change in it.
    """
    detection = finding.detection
    return Bundle(
        incident_id=incident.id,
        created=detection.at,
        severity=incident.severity,
        severity_reason=incident.severity_reason or _severity_reason(detection),
        category=detection.detection_type,
        summary=_summary(detection),
        contributing_factors=factors_of(detection)[:_FACTORS],
        exchange=None if record is None else _plain(record),
        scores=finding.scores,
        unscored=finding.observation.unscored,
        similar_violations=similar,
        recommended_actions=recommend(
            detection, incident.id, policy=policy, upstream=finding.observation.upstream
        ),
        redacted=[] if record is None else record.redacted,
        versions=versions,
        shift=detection.shift,
    )


def factors_of(detection: Detection) -> list[Evidence]:
    """The evidence, ranked: of a change first what kind it is and whose, then what moved."""
    named = [one for one in detection.evidence if _says_what(one)] if detection.shift else []
    return [*named, *(one for one in detection.evidence if one not in named)]


def _says_what(one: Evidence) -> bool:
    return one.name == "kind" or one.name.startswith(_WHOSE)


def _severity_reason(detection: Detection) -> str:
    return (
        f"{detection.severity}: rule {detection.rule} scored {detection.score:.4g} "
        f"against a threshold of {detection.threshold:.4g}"
    )


def _summary(detection: Detection) -> str:
    if detection.shift is not None:
        return shift_summary(detection.shift)
    first = detection.evidence[0] if detection.evidence else None
    told = f"{detection.detector} found {detection.detection_type.replace('_', ' ')}"
    if first is None:
        return told
    expected = "" if first.reference is None else f", expected {_shown(first.reference)}"
    return f"{told}: {first.name} {_shown(first.value)}{first.unit and ' ' + first.unit}{expected}"


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _plain(record: ExchangeRecord) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(record.exchange)
    return plain
