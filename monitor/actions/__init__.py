"""Recommended actions: for each kind of finding what to do, why, how, and what it risks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.actions import anomaly, drift, latency, pipeline, safety
from monitor.actions.common import CLOSE, LOOK
from monitor.actions.fragments import higher_threshold, looser_objective
from monitor.actions.naming import filled

if TYPE_CHECKING:
    from detectors.base import Detection
    from monitor.incidents.bundle import Action
    from monitor.policy import Policy

_KINDS = {
    "latency": latency.KINDS,
    "safety": safety.KINDS,
    "anomaly": anomaly.KINDS,
    "pipeline": pipeline.KINDS,
}


def recommend(
    detection: Detection, incident_id: str, *, policy: Policy | None = None, upstream: str = ""
) -> list[Action]:
    """Actions for a detection, the most specific first, with its own names and numbers filled in.

    With the policy that judged, also what to change in it, as a fragment of the configuration.
    `upstream` is the address of the model server, where it is known.
    """
    specific = _KINDS.get(detection.detector, {}).get(detection.detection_type)
    chosen = [
        *([specific] if specific else []),
        *([drift.SHIFTS[detection.shift.kind]] if detection.shift else []),
        *_of_detector(detection, policy),
        LOOK,
        CLOSE,
    ]
    return [filled(action, detection, incident_id, upstream) for action in chosen]


def _of_detector(detection: Detection, policy: Policy | None) -> Iterator[Action]:
    if detection.detector == "safety":
        if detection.detection_type not in {"prompt_injection", "jailbreak"}:
            yield safety.SERIES
        yield safety.WRONG
        higher = higher_threshold(detection, policy) if policy else ""
        if higher:
            yield replace(safety.HIGHER, how=higher)
    elif detection.detector == "drift":
        yield from (drift.COMPARE, drift.ACCEPT)
    elif detection.detector == "anomaly":
        yield anomaly.AGAIN
    elif detection.detector == "latency":
        looser = looser_objective(detection, policy) if policy else ""
        yield replace(latency.LOOSER, how=looser) if looser else latency.ANEW
