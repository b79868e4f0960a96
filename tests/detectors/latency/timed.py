"""Streams with times of an invented server: start, prefill, decode, noise; and baselines of them."""

from __future__ import annotations

import numpy as np

from detectors.baseline import Baseline
from detectors.observation import Observation, Timing
from detectors.text.channels import channels

ROUTE = "/v1/chat/completions"


def exchange(i, rng, *, start=0.05, prefill=0.0004, decode=0.02, noise=0.3, wait=0.0, **fields):
    """One stream; `fields` may set tokens, route, tenant, upstream."""
    inputs = fields.pop("input_tokens", None) or int(rng.lognormal(5.0, 0.8)) + 5
    outputs = fields.pop("output_tokens", None) or int(rng.lognormal(4.5, 0.7)) + 2
    ttft = (start + prefill * inputs) * float(rng.lognormal(0.0, noise)) + wait
    each = decode * float(rng.lognormal(0.0, 0.15))
    return Observation(
        id=f"x{i}",
        at=fields.pop("at", 1e9 + 2.0 * i),
        model="m",
        route=fields.pop("route", ROUTE),
        stream=True,
        status=200,
        input_tokens=inputs,
        output_tokens=outputs,
        timing=Timing(ttft=ttft, duration=ttft + each * (outputs - 1)),
        **fields,
    )


def stream(count, seed, first=0, **how):
    rng = np.random.default_rng(seed)
    return [exchange(first + i, rng, **how) for i in range(count)]


def baseline(rows):
    from dataclasses import replace

    kept = [replace(x, channels=channels(x)) for x in rows]
    return Baseline.build(kept, name="b", encoder="none", created=0.0)
