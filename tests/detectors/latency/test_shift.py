"""Slower than the baseline for the same tokens: found, named, explained; other traffic is not."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from detectors.latency.load import PHASES, samples
from detectors.latency.periodic import period
from detectors.latency.policy import LatencyPolicy
from detectors.latency.shift import LatencyShiftRule
from detectors.observation import Observation, Timing

sys.path.insert(0, str(Path(__file__).parent))

from timed import ROUTE, baseline, exchange, stream


@cache
def usual():
    other = stream(400, 9, 1000, route="/v1/completions", start=0.5, decode=0.05)
    return baseline(stream(1000, 1) + other)


def judged(rows):
    rule = LatencyShiftRule(LatencyPolicy(), usual())
    verdicts = [rule.observe(x) for x in rows]
    found = [(n, d) for n, v in enumerate(verdicts) for d in v.detections]
    return found, [(n, r) for n, v in enumerate(verdicts) for r in v.recoveries]


def first(rows):
    found, _ = judged(rows)
    return found[0]


def shown(detection):
    return {e.name: e.value for e in detection.evidence}


def test_unchanged_traffic_is_silent():
    assert judged(stream(6000, 2)) == ([], [])


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("slower_ttft", {"start": 0.06, "prefill": 0.00048}),
        ("slower_decode", {"decode": 0.024}),
    ],
)
def test_a_fifth_more_is_found_within_two_hundred_exchanges_and_named(kind, how):
    at, detection = first(stream(500, 3) + stream(400, 4, 500, **how))
    assert 500 < at < 700
    assert detection.detection_type == kind
    assert detection.score > detection.threshold
    assert shown(detection)[f"{kind.removeprefix('slower_')}_median"] == pytest.approx(
        1.2, abs=0.12
    )


@pytest.mark.parametrize(
    "how",
    [
        {"input_tokens": 900},
        {"output_tokens": 500},
        {"input_tokens": 20, "output_tokens": 5},
        {"input_tokens": 50_000},
        {"route": "/v1/completions", "start": 0.5, "decode": 0.05},
        {"route": "/never/seen", "start": 5.0},
        {"start": 0.03, "decode": 0.01},
    ],
)
def test_other_traffic_and_quicker_answers_are_no_finding(how):
    assert judged(stream(500, 3) + stream(2000, 4, 500, **how)) == ([], [])


def test_a_heavier_tail_is_told_apart_from_all_being_slower():
    late = [
        exchange(500 + i, np.random.default_rng(i), wait=0.8 * (i % 10 == 0)) for i in range(400)
    ]
    # Not at regular times, or it would be a periodic stall.
    rng = np.random.default_rng(0)
    rows = stream(500, 3) + [replace(x, at=x.at + 40 * rng.random()) for x in late]
    at, detection = first(rows)
    assert at < 750
    assert detection.detection_type == "heavier_tail"


def test_stalls_at_regular_times_are_told_with_their_period():
    rng = np.random.default_rng(6)
    rows = [exchange(i, rng, wait=2.0 * (i > 500 and i % 25 == 0)) for i in range(1500)]
    found, _ = judged(rows)
    (told,) = [d for _, d in found if d.detection_type == "periodic_stall"]
    assert shown(told)["every"] == pytest.approx(50.0, rel=0.05)


def test_one_slow_replica_is_named():
    rng = np.random.default_rng(5)
    rows = [
        exchange(
            i,
            rng,
            upstream=f"10.0.0.{i % 4}:8000",
            tenant=("a", "b")[i % 2],
            decode=0.03 if i > 500 and i % 4 == 1 else 0.02,
        )
        for i in range(800)
    ]
    at, detection = first(rows)
    assert 500 < at < 650
    assert detection.detection_type == "slow_replica"
    assert shown(detection)["slow_upstream"] == "10.0.0.1:8000"
    assert shown(detection)["most_by_tenant"] == "b"
    assert shown(detection)["more_decode"] > 0


def test_what_does_not_grow_with_the_input_is_queue_and_what_does_is_prefill():
    for part, how in (("queue", {"wait": 0.2}), ("prefill", {"prefill": 0.002})):
        _, detection = first(stream(500, 3) + stream(300, 4, 500, **how))
        more = {k: v for k, v in shown(detection).items() if k in {"more_queue", "more_prefill"}}
        assert max(more, key=more.get) == f"more_{part}"


def test_a_slow_connection_is_network_and_what_sidewatch_took_is_its_own():
    for part, field in (("network", "connect"), ("sidewatch", "own")):
        slow = stream(300, 4, 500, wait=0.3)
        slow = [replace(x, timing=replace(x.timing, **{field: 0.3})) for x in slow]
        _, detection = first(stream(500, 3) + slow)
        assert shown(detection)[f"more_{part}"] == pytest.approx(0.3, rel=0.05)


def test_a_lasting_slowdown_is_told_once_and_its_end_too():
    rows = stream(300, 3) + stream(2000, 4, 300, decode=0.03) + stream(1500, 5, 2300)
    found, over = judged(rows)
    assert [d.detection_type for _, d in found] == ["slower_decode"]
    ((at, recovery),) = over
    assert 2780 <= at < 2900
    assert recovery.rule == "latency.shift"


def test_the_end_of_what_was_told_of_one_route_names_it():
    def other(count, seed, start, decode):
        return stream(count, seed, start, route="/v1/completions", start=0.5, decode=decode)

    slow = [
        x for pair in zip(stream(600, 4, 600), other(600, 6, 600, 0.08), strict=True) for x in pair
    ]
    rows = stream(300, 3) + other(300, 5, 300, 0.05) + slow + stream(900, 7, 1800)
    found, over = judged(rows)
    assert {d.route for _, d in found} == {r.route for _, r in over}
    assert "/v1/completions" in {r.route for _, r in over}


def test_twice_as_slow_is_critical():
    _, detection = first(stream(100, 3) + stream(300, 4, 100, decode=0.05))
    assert detection.severity == "critical"


def test_failed_and_uncounted_exchanges_are_passed_over():
    slow = stream(600, 4, start=3.0, decode=0.2)
    failed = [replace(x, error="upstream_closed") for x in slow]
    uncounted = [replace(x, input_tokens=None, output_tokens=None) for x in slow]
    assert judged(failed) == judged(uncounted) == ([], [])


def plain(x):
    return replace(x, stream=False, timing=Timing(duration=x.timing.duration))


def test_plain_answers_are_judged_by_all_their_tokens():
    rule = LatencyShiftRule(LatencyPolicy(), baseline([plain(x) for x in stream(1000, 1)]))
    rows = [plain(x) for x in stream(500, 3) + stream(200, 4, 500, decode=0.026)]
    found = [(n, d.detection_type) for n, x in enumerate(rows) for d in rule.observe(x).detections]
    assert found[0][1] == "slower_answer"
    assert found[0][0] > 500


def test_a_phase_without_a_time_has_no_sample():
    assert samples(Observation(id="x", at=0.0, input_tokens=5, output_tokens=5, stream=True)) == {}
    assert set(samples(stream(1, 0)[0])) == {"ttft", "decode"} < set(PHASES)


def test_a_baseline_without_times_says_nothing():
    untimed = baseline([replace(x, timing=Timing()) for x in stream(200, 1)])
    rule = LatencyShiftRule(LatencyPolicy(), untimed)
    assert not any(rule.observe(x).detections for x in stream(500, 3, decode=0.5))


def test_a_model_the_baseline_does_not_know_is_held_to_the_route():
    rows = [replace(x, model="m2") for x in stream(300, 4, decode=0.04)]
    assert first(rows)[1].model == "m2"
    assert first(rows)[1].route in {"", ROUTE}


def test_only_regular_times_have_a_period():
    rng = np.random.default_rng(0)
    regular = [60.0 * i + rng.normal(0, 1) for i in range(12) if i != 5]
    assert period(regular) == pytest.approx(60.0, rel=0.05)
    assert period([1.0, 2.0]) is None
    found = [period(np.cumsum(rng.exponential(60.0, 12)).tolist()) for _ in range(300)]
    assert sum(f is not None for f in found) <= 3
