"""Findings to make incidents of."""

import numpy as np

from detectors.base import Detection, Evidence
from detectors.observation import Observation
from detectors.shift import Onset, Share, Shift
from monitor.pipeline.watch import Finding

START = 1_764_000_000.0


def direction(angle):
    """A unit vector; the cosine of two is that of the difference of their angles, in degrees."""
    radians = np.radians(angle)
    return np.array([np.cos(radians), np.sin(radians)], dtype=np.float32)


def make_detection(at=0.0, *, name="", **changed):
    """A safety finding so many seconds after the start, unless said otherwise."""
    fields = {
        "rule": "safety.prompt.self_harm", "detector": "safety", "detection_type": "self_harm",
        "score": 0.9, "threshold": 0.5, "evidence": (Evidence("prompt self_harm", 0.9, 0.5),),
        "at": START + at, "model": "m", "severity": "warning", "tenant": "t", "route": "/r",
        "exchange_id": name or f"x{at:g}",
    }  # fmt: skip
    return Detection(**{**fields, **changed})


def make_finding(at=0.0, *, angle=0.0, user="u", **changed):
    """A finding with the observation it was made on."""
    detection = make_detection(at, **changed)
    x = Observation(
        id=detection.exchange_id,
        at=detection.at,
        model=detection.model,
        route=detection.route,
        tenant=detection.tenant,
        user=user,
        prompt_embedding=direction(angle),
    )
    return Finding(detection, x, {})


def make_drift(at=0.0, *, began=0.0, kind="input_drift", shift="input_change", **changed):
    """A finding of drift that began so many seconds after the start."""
    onset = Onset(10, "x", START + began, START + began - 5, START + began + 5)
    fields = {
        "rule": f"drift.{kind.removesuffix('_drift')}", "detector": "drift", "detection_type": kind,
        "tenant": "", "route": "", "shift": Shift(shift, (), onset, Share(0.3, 0.05)),
        "evidence": (Evidence("prompt_length", 9.0, 4.0), Evidence("kind", shift, None, 0.0)),
    }  # fmt: skip
    return make_finding(at, name=f"drift-{kind}-{at:g}", **{**fields, **changed})
