"""Results as JSON lines: what `sidewatch score` and `sidewatch replay` write, and POST /score answers."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from detectors.conversation import Given
from detectors.observation import Observation, Part
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.watch import Finding

_DIGITS = 6


def score_line(x: Observation, policy: SafetyPolicy) -> dict[str, Any]:
    """`{"id", "prompt": {"unsafe", "flagged", "categories"}, "response": ..., "given": ...}`.

    A side that is absent, or that nobody could score, is null; `unscored` then says why. A side that
    `unscored` names with `language` has scores: they are of a text in a language that those who judged
    are not trusted with, and none of them reached its threshold. `given` is of what tools and documents
    gave, with what each of them scores; `conversation` of the user's last turns together, flagged where
    they are over a threshold and the last turn alone is not.
    """
    line: dict[str, Any] = {"id": x.id}
    for part in get_args(Part):
        line[part] = _part(x, part, policy)
    lost = {side: reason for side, reason in x.unscored.items() if reason != "absent"}
    if lost:
        line["unscored"] = lost
    return line


def _part(x: Observation, part: Part, policy: SafetyPolicy) -> dict[str, Any] | None:
    scores = x.scores.get(part)
    if scores is None:
        return None
    told: dict[str, Any] = {
        "unsafe": round(scores["unsafe"], _DIGITS),
        "flagged": _flagged(x, part, policy),
        "categories": {
            name: round(p, _DIGITS) for name, p in sorted(scores.items()) if name != "unsafe"
        },
    }
    if reason := x.unscored.get(part):
        told["unscored"] = reason
    if x.languages.get(part):
        told["languages"] = x.languages[part]
    if x.judges.get(part):
        told["models"] = x.judges[part]
    if x.findings.get(part):
        told["patterns"] = x.findings[part]
    if part == "given":
        told["sources"] = [_source(given, policy) for given in x.given if given.scores]
    if part == "conversation" and x.conversation is not None:
        told["adds"] = [round(share, _DIGITS) for share in x.conversation.adds]
    return told


def _flagged(x: Observation, part: Part, policy: SafetyPolicy) -> bool:
    if part == "given":
        return any(_over(g.scores, policy.thresholds_of_given(pasted=g.pasted)) for g in x.given)
    if part == "conversation":
        return x.conversation is not None
    return _over(x.scores[part], policy.thresholds(part))


def _source(given: Given, policy: SafetyPolicy) -> dict[str, Any]:
    limits = policy.thresholds_of_given(pasted=given.pasted)
    over = {name: round(p, _DIGITS) for name, p in given.scores.items() if p >= limits.get(name, 2)}
    return {"source": given.source, "unsafe": round(given.scores["unsafe"], _DIGITS), "over": over}


def _over(scores: dict[str, float], limits: dict[str, float]) -> bool:
    return any(scores.get(name, 0.0) >= limit for name, limit in limits.items())


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
