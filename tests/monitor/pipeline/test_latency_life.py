"""Latency against the baseline in the watch stage: from its first exchanges, over a restart."""

from dataclasses import replace

import numpy as np

from detectors.observation import Observation, Timing
from detectors.text.channels import channels
from monitor.pipeline.rules import FAMILIES, outlives_baseline
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy

POLICY = Policy(detectors=["latency"])


def stream(count, seed, first=0, decode=0.02):
    rng = np.random.default_rng(seed)
    for i in range(first, first + count):
        inputs, outputs = int(rng.lognormal(5.0, 0.8)) + 5, int(rng.lognormal(4.5, 0.7)) + 2
        ttft = (0.05 + 0.0004 * inputs) * float(rng.lognormal(0.0, 0.3))
        each = decode * float(rng.lognormal(0.0, 0.15))
        timing = Timing(ttft=ttft, duration=ttft + each * (outputs - 1))
        x = Observation(
            id=f"x{i}",
            at=1e9 + 2.0 * i,
            model="m",
            route="/v1/chat/completions",
            stream=True,
            status=200,
            input_tokens=inputs,
            output_tokens=outputs,
            timing=timing,
        )
        yield replace(x, channels=channels(x))


def stage():
    return WatchStage(POLICY, lambda _model: None, warmup=400)


def kinds(watch, rows):
    return [f.detection.detection_type for x in rows for f in watch.observe(x)[1]]


def test_the_first_exchanges_become_what_later_ones_are_compared_with():
    watch = stage()
    assert kinds(watch, stream(900, 1)) == []
    assert kinds(watch, stream(200, 2, 900, decode=0.03)) == ["slower_decode"]


def test_a_restart_in_between_changes_nothing():
    first = stage()
    kinds(first, stream(900, 1))
    ((_, baseline),) = first.built
    second = WatchStage(POLICY, lambda _model: baseline, warmup=400)
    rows = list(stream(200, 2, 900, decode=0.03))
    told = kinds(first, rows[:10])
    second.restore(first.state())
    assert told + kinds(second, rows[10:]) == ["slower_decode"]
    assert kinds(first, rows[10:]) == ["slower_decode"]


def test_another_baseline_begins_anew_and_objectives_go_on():
    watch = stage()
    kinds(watch, stream(900, 1, decode=0.03))
    usual = stage()
    kinds(usual, stream(900, 3))
    ((_, quicker),) = usual.built
    watch.use_baseline("m", quicker)
    assert kinds(watch, stream(200, 2, 900, decode=0.03)) == ["slower_decode"]
    rules = FAMILIES["latency"](POLICY, quicker)
    assert [rule.name for rule in rules if not outlives_baseline(rule)] == ["latency.shift"]
