"""Fragments of the configuration that would change what was found, whole and ready to be pasted.

A table of the configuration replaces the one before it, so a fragment holds all of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from monitor.policy_toml import as_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detectors.base import Detection
    from detectors.latency.policy import Objective
    from monitor.policy import Policy

_SIDES = ("prompt", "response", "given", "conversation")
_MEASURES = ("ttft", "tpot", "duration")
_ROOM = 1.2


def higher_threshold(detection: Detection, policy: Policy) -> str:
    """The thresholds of the side that was found, the category's a little above what it scored.

    "" where none can be: the rule has no such threshold, or the score is as high as can be.
    """
    side = next((side for side in _SIDES if f".{side}." in f"{detection.rule}."), "")
    if not side:
        return ""
    limits = policy.safety.thresholds(side)
    category = detection.detection_type
    limit = math.floor(detection.score * 1_000 + 1) / 1_000
    if category not in limits or not limits[category] < limit < 1.0:
        return ""
    return as_toml({**limits, category: limit}, "policy", "safety", f"thresholds_{side}")


def looser_objective(detection: Detection, policy: Policy) -> str:
    """The objectives with one for this model and route before them, that what was found keeps.

    "" where the finding is about no objective.
    """
    measure = next((each for each in _MEASURES if each in detection.detection_type), "")
    of = next((x for x in policy.latency.objectives if _covers(x, detection)), None)
    limit = getattr(of, measure) if of is not None and measure else None
    if of is None or limit is None:
        return ""
    looser: dict[str, object] = {
        **msgspec.to_builtins(of),
        "model": _literal(detection.model) or of.model,
        "route": _literal(detection.route) or of.route,
        measure: round(max(_seen(detection, measure), limit) * _ROOM, 3),
    }
    known: list[Mapping[str, object]] = msgspec.to_builtins(policy.latency.objectives)
    return as_toml({"objectives": [looser, *known]}, "policy", "latency")


def _covers(objective: Objective, detection: Detection) -> bool:
    return objective.covers(detection.model, detection.route)


def _literal(name: str) -> str:
    """A pattern that only this name matches."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _seen(detection: Detection, measure: str) -> float:
    """What the times were like of which it was found, as far as the evidence says."""
    names = {measure, f"median_{measure}", f"{measure}_p50"}
    values = (x.value for x in detection.evidence if x.name in names)
    return max((value for value in values if isinstance(value, float)), default=0.0)
