"""Results as JSON lines: what `sidewatch score` and `sidewatch replay` write, and POST /score answers."""

from __future__ import annotations

from typing import Any

import msgspec

from detectors.observation import Observation, Side
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.score import SIDES
from monitor.pipeline.watch import Finding

_DIGITS = 6


def score_line(x: Observation, policy: SafetyPolicy) -> dict[str, Any]:
    """`{"id", "prompt": {"unsafe", "flagged", "categories"}, "response": ...}`.

    A side that is absent, or that nobody could score, is null; `unscored` then says why. A side that
    `unscored` names with `language` has scores: they are of a text in a language that those who judged
    are not trusted with, and none of them reached its threshold.
    """
    line: dict[str, Any] = {"id": x.id}
    for side in SIDES:
        line[side] = _side(x, side, policy)
    lost = {side: reason for side, reason in x.unscored.items() if reason != "absent"}
    if lost:
        line["unscored"] = lost
    return line


def _side(x: Observation, side: Side, policy: SafetyPolicy) -> dict[str, Any] | None:
    scores = x.scores.get(side)
    if scores is None:
        return None
    thresholds = policy.thresholds_prompt if side == "prompt" else policy.thresholds_response
    told: dict[str, Any] = {
        "unsafe": round(scores["unsafe"], _DIGITS),
        "flagged": any(scores.get(name, 0.0) >= limit for name, limit in thresholds.items()),
        "categories": {
            name: round(p, _DIGITS) for name, p in sorted(scores.items()) if name != "unsafe"
        },
    }
    if x.languages.get(side):
        told["languages"] = x.languages[side]
    if x.judges.get(side):
        told["models"] = x.judges[side]
    if x.findings.get(side):
        told["patterns"] = x.findings[side]
    return told


def finding_line(index: int, finding: Finding) -> dict[str, Any]:
    """`{"index", "at", "detector", "kind", "severity", "score", "exchange_id", "evidence"}`."""
    detection = finding.detection
    return {
        "index": index,
        "at": detection.at,
        "detector": detection.detector,
        "kind": detection.detection_type,
        "severity": detection.severity,
        "score": round(detection.score, _DIGITS),
        "exchange_id": detection.exchange_id,
        "evidence": msgspec.to_builtins(detection.evidence),
    }
