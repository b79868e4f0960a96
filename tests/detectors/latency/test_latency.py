"""Latency rules on seeded streams with a known onset."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from detectors.latency.policy import LatencyPolicy, Objective
from detectors.latency.rules import rules
from detectors.observation import Observation, Timing

POLICY = LatencyPolicy(
    objectives=(Objective(ttft=1.0, tpot=0.1, duration=10.0),),
    disabled_rules=("latency.budget",),  # it has a test file of its own, as has latency.shift
)


def exchange(index, *, ttft=0.3, tpot=0.02, tokens=50, gap=1.0, **fields):
    whole = None if ttft is None or tpot is None else ttft + tpot * ((tokens or 1) - 1)
    fields = {"model": "m", "route": "/v1/chat/completions", "stream": True, **fields}
    timing = fields.pop("timing", Timing(ttft=ttft, duration=whole))
    return Observation(
        id=f"x{index}", at=gap * index, output_tokens=tokens, timing=timing, **fields
    )


def ordinary(count, seed=0, slow_share=0.02):
    rng = np.random.default_rng(seed)
    ttft = rng.lognormal(np.log(0.3), 0.3, count)
    ttft[rng.random(count) < slow_share] = 1.5
    return [exchange(i, ttft=float(t)) for i, t in enumerate(ttft)]


def found(stream, policy=POLICY):
    built = rules(policy, None)
    return [
        (int(x.id[1:]), d) for x in stream for rule in built for d in rule.observe(x).detections
    ]


def names(found_):
    return [(index, d.rule) for index, d in found_]


def test_ordinary_traffic_with_a_few_slow_ones_is_silent():
    assert [names(found(ordinary(20_000, seed))) for seed in range(3)] == [[], [], []]


def test_traffic_exactly_at_its_allowance_hardly_ever_alarms():
    alarms = sum(len(found(ordinary(10_000, seed, slow_share=0.05))) for seed in range(3))
    assert alarms <= 3


@pytest.mark.parametrize(
    ("measure", "change"),
    [("ttft", {"ttft": 2.0}), ("tpot", {"tpot": 0.15}), ("duration", {"tokens": 600})],
)
def test_a_slowdown_is_found_within_ten_exchanges(measure, change):
    stream = ordinary(500)
    stream += [exchange(i, **change) for i in range(500, 530)]
    index, detection = found(stream)[0]
    assert 500 < index < 510
    assert (detection.rule, detection.detection_type) == (f"latency.{measure}", measure)
    assert detection.evidence[0].value > detection.threshold == pytest.approx(0.05)
    assert detection.evidence[1].unit == "s"


def test_one_fifth_over_the_objective_is_found_and_graded_a_warning():
    stream = ordinary(300)
    stream += [exchange(i, ttft=2.0 if i % 5 == 0 else 0.3) for i in range(300, 500)]
    index, detection = found(stream)[0]
    assert 300 < index < 400
    assert detection.severity == "warning"


def test_everything_over_the_objective_is_critical():
    _, detection = found([exchange(i, ttft=2.0) for i in range(12)])[0]
    assert detection.severity == "critical"


def test_a_lasting_slowdown_is_told_once_a_cooldown():
    detections = found([exchange(i, ttft=2.0) for i in range(600)])
    assert 600 / 60 * 0.7 < len(detections) <= 600 / 60 + 1


def test_after_recovery_it_falls_silent():
    stream = [exchange(i, ttft=2.0) for i in range(300)]
    stream += [exchange(i) for i in range(300, 1300)]
    assert max(index for index, _ in found(stream)) < 310


def test_one_slow_exchange_is_no_alarm_but_a_very_slow_one_is_a_finding():
    stream = ordinary(100)
    stream[50] = exchange(50, ttft=2.5)
    assert found(stream) == []
    stream[50] = exchange(50, ttft=4.0)
    ((index, detection),) = found(stream)
    assert (index, detection.rule, detection.severity) == (50, "latency.slow", "warning")
    assert detection.evidence[0].name == "ttft"
    assert detection.score == pytest.approx(4.0)


def test_fewer_than_the_minimum_are_never_an_alarm():
    assert found([exchange(i, ttft=2.0) for i in range(9)]) == []


def test_what_lies_further_back_than_the_window_is_forgotten():
    assert found([exchange(i, ttft=2.0, gap=100.0) for i in range(100)]) == []


def test_the_first_objective_that_matches_holds():
    policy = LatencyPolicy(
        objectives=(Objective(model="big-*", ttft=8.0), Objective(route="/v1/*", ttft=1.0))
    )
    slow = [exchange(i, ttft=2.0) for i in range(20)]
    assert found([replace(x, model="big-7b") for x in slow], policy) == []
    assert names(found(slow, policy))[0][1] == "latency.ttft"
    assert found([replace(x, route="/other") for x in slow], policy) == []


def test_unknown_times_are_never_zeros():
    nothing = [exchange(i, timing=Timing(), tokens=None) for i in range(200)]
    assert found(nothing) == []
    mixed = []
    for i in range(40):
        mixed += [exchange(2 * i, ttft=2.0), exchange(2 * i + 1, timing=Timing(), tokens=None)]
    first = next(d for _, d in found(mixed) if d.rule == "latency.ttft")
    assert first.score == 1.0


def test_a_plain_answer_has_no_time_per_token():
    plain = [exchange(i, tpot=0.3, stream=False) for i in range(50)]
    assert "latency.tpot" not in [rule for _, rule in names(found(plain))]


def test_a_stall_is_told_at_once_and_once():
    stalled = exchange(
        7, timing=Timing(ttft=0.2, idle=12.0), state="stalled", tenant="acme", tokens=None
    )
    finished = exchange(7, timing=Timing(ttft=0.2, duration=40.0, max_gap=33.0), tokens=50)
    detections = found([*ordinary(7), stalled, stalled, finished])
    stalls = [d for _, d in detections if d.rule == "latency.stall"]
    assert len(stalls) == 1
    assert (stalls[0].detection_type, stalls[0].score, stalls[0].threshold) == ("stall", 12.0, 10.0)
    assert stalls[0].evidence[0].value == 12.0
    assert stalls[0].tenant == "acme"


def test_a_recorded_gap_counts_as_a_stall_where_no_notice_came():
    gap = exchange(3, timing=Timing(ttft=0.2, duration=9.0, max_gap=70.0))
    ((_, detection),) = [f for f in found([gap]) if f[1].rule == "latency.stall"]
    assert detection.severity == "critical"


def test_failures_are_found_and_a_client_that_left_is_none():
    good = ordinary(100)
    bad = [
        exchange(i, timing=Timing(), tokens=None, status=502, error="upstream_refused")
        for i in range(100, 130)
    ]
    index, detection = found([*good, *bad])[0]
    assert detection.detection_type == "errors"
    assert 100 < index <= 110
    left = [replace(x, status=200, error="client_closed") for x in bad]
    assert found([*good, *left]) == []


def test_refused_requests_of_clients_are_no_failures():
    assert found([exchange(i, timing=Timing(), status=422) for i in range(100)]) == []


def test_streams_that_break_off_are_found():
    cut = [
        exchange(i, timing=Timing(ttft=0.2), error="upstream_closed" if i % 3 == 0 else None)
        for i in range(60)
    ]
    assert "latency.cut_stream" in [rule for _, rule in names(found(cut))]


@pytest.mark.parametrize("cut", [3, 57, 205, 508])
def test_a_restart_changes_nothing(cut):
    stream = ordinary(200)
    stream += [exchange(i, ttft=2.0) for i in range(200, 260)]
    stream += ordinary(600)[260:500]
    stream += [exchange(i, status=500, error="upstream_error") for i in range(500, 520)]
    before, after = rules(POLICY, None), rules(POLICY, None)
    first = [rule.observe(x) for x in stream[:cut] for rule in before]
    for old, new in zip(before, after, strict=True):
        new.restore(old.state())
    resumed = first + [rule.observe(x) for x in stream[cut:] for rule in after]
    whole = rules(POLICY, None)
    assert resumed == [rule.observe(x) for x in stream for rule in whole]


def test_a_policy_reads_from_a_settings_table():
    table = {"objectives": [{"model": "a*", "ttft": 0.5, "target": 0.9}], "stall_seconds": 3}
    policy = msgspec.convert(table, LatencyPolicy)
    assert policy.objective("abc", "/x").ttft == 0.5
    assert policy.objective("b", "/x") is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"objectives": [{"ttft": -1}]}, "ttft must be more than 0"),
        ({"objectives": [{"target": 95}]}, "share between 0 and 1"),
        ({"minimum": 500}, "minimum"),
        ({"error_share": 0}, "error_share"),
        ({"stall_seconds": 0}, "stall_seconds"),
    ],
)
def test_an_impossible_policy_is_refused_with_its_reason(table, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(table, LatencyPolicy)


def test_single_rules_can_be_switched_off():
    kept = [r.name for r in rules(replace(POLICY, disabled_rules=("latency.slow",)), None)]
    assert "latency.slow" not in kept
    assert len(kept) == 7
