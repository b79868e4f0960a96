"""Traffic that comes in bursts, each of a kind of its own."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.drift.bets import Bet
from detectors.drift.frame import Frame
from detectors.drift.patience import rises
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule, fit
from detectors.drift.scaled import with_scale
from detectors.drift.statistics import Layout, Lens, Statistics, WindowOf
from detectors.drift.windows import EVERY

POLICY = DriftPolicy()
SIDES = ("prompt", "response", "pair", "timing")


@pytest.fixture(scope="module")
def bursts(stream):
    """Give `count` exchanges; every so often 40 to 80 have prompts of one length and topic."""

    def make(count, *, seed, start=0):
        rng = np.random.default_rng(seed)
        found = []
        while len(found) < count:
            at = start + len(found)
            ordinary, burst = (int(n) for n in rng.integers((150, 40), (350, 81)))
            found += stream(ordinary, seed=[seed, at], start=at)
            alike = {"prompt_shift": rng.normal(0, 1.5), "topics": (int(rng.integers(8)),)}
            found += stream(burst, seed=[seed, at, 1], start=at + ordinary, **alike)
        return found[:count]

    return make


@pytest.fixture(scope="module")
def uneven(bursts):
    return Baseline.build(bursts(1500, seed=3), name="b", encoder="e", created=0.0)


def alarms(baseline, observations):
    rule = DriftRule(POLICY, baseline)
    return [i for i, x in enumerate(observations) if rule.observe(x).detections]


def test_bursts_ask_for_patience_and_steady_traffic_for_none(uneven, baseline):
    patience = fit(uneven, POLICY.false_alarms).scale.patience
    assert set(patience) == set(SIDES)
    assert patience["prompt"] >= 65
    assert patience["prompt"] <= patience["pair"] <= 250
    assert fit(baseline, POLICY.false_alarms).scale.patience == {}


def test_a_slow_rhythm_asks_for_no_patience(stream):
    known = [
        x
        for i in range(24)
        for x in stream(50, seed=[5, i], start=50 * i, prompt_shift=np.sin(i / 2) / 2)
    ]
    slow = Baseline.build(known, name="s", encoder="e", created=0.0)
    assert fit(slow, POLICY.false_alarms).scale.patience == {}


@pytest.mark.parametrize("seed", [4, 6])
def test_bursts_unlike_those_of_the_baseline_raise_no_alarm(bursts, uneven, seed):
    assert alarms(uneven, bursts(2000, seed=seed, start=1500)) == []


def test_a_change_that_outlasts_the_bursts_is_found(bursts, stream, uneven):
    changed = stream(500, seed=7, start=1700, language="de", prompt_shift=1.0)
    found = alarms(uneven, [*bursts(200, seed=6, start=1500), *changed])
    assert 200 + fit(uneven, POLICY.false_alarms).scale.patience["prompt"] / 2 < found[0] < 600


def test_a_baseline_that_carries_its_scale_is_as_patient(uneven, bursts, stream):
    carrying = with_scale(uneven, POLICY.false_alarms)
    live = [*bursts(400, seed=8), *stream(400, seed=9, start=400, prompt_shift=1.5)]
    assert carrying.scale.patience == fit(uneven, POLICY.false_alarms).scale.patience
    assert alarms(carrying, live) == alarms(uneven, live)


def test_a_restart_forgets_nothing_of_what_was_held_back(uneven, bursts, stream):
    live = [*bursts(103, seed=10), *stream(400, seed=11, start=103, language="de")]
    whole = DriftRule(POLICY, uneven)
    expected = [whole.observe(x) for x in live]
    before = DriftRule(POLICY, uneven)
    seen = [before.observe(x) for x in live[:222]]
    after = DriftRule(POLICY, uneven)
    after.restore(before.state())
    assert msgspec.to_builtins([*seen, *(after.observe(x) for x in live[222:])]) == (
        msgspec.to_builtins(expected)
    )


@pytest.mark.parametrize("patience", [30.0, 130.0])
def test_no_burst_within_the_patience_reaches_the_threshold(baseline, stream, patience):
    """Whatever a burst is like: here all of it beyond all that the baseline has."""
    frame = Frame(baseline)
    layout = Layout.of(frame)
    run_length = 2e6
    scale = fit(baseline, POLICY.false_alarms).scale
    lens = Lens(frame.rows, layout, frame.block)
    rise = rises(layout, dict.fromkeys(SIDES, patience), run_length)
    statistics = Statistics([lens.model], layout, len(frame.rows.channels), rise)
    rows = frame.rows.take(np.arange(400) % len(frame.rows.channels))
    rows.channels[:] = 1e6
    rows.components[:] = 50.0
    increments, columns = lens.look(rows)
    passed = {}
    for start in range(0, 400, EVERY):
        here = slice(start, start + EVERY)
        scores = statistics.steps(increments[None, here], columns[None, here])[0]
        for i in np.flatnonzero(scale.common(scores) > np.log(run_length)):
            passed.setdefault(layout.statistics[i], start + EVERY)
    assert any(isinstance(statistic, Bet) for statistic in passed)
    assert any(isinstance(statistic, WindowOf) for statistic in passed)
    assert all(at > patience for at in passed.values())
