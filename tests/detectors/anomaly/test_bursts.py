from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.anomaly.burst_traffic import DAY, HOUR, KINDS, START, WEEK, planted, weeks
from detectors.anomaly.bursts.heavy import HeavyHitters
from detectors.anomaly.bursts.peaks import LEAST_LIMIT, Peaks
from detectors.anomaly.bursts.prompts import Asked, print_of
from detectors.anomaly.bursts.rule import BurstRule
from detectors.anomaly.bursts.week import Week, hour_of_week
from detectors.anomaly.policy import AnomalyPolicy
from detectors.observation import Observation
from monitor.pipeline.codec import decode_state, encode_state

TYPES = {
    "requests": {"burst", "token_burst"},
    "longer requests": {"token_burst"},
    "refusals": {"refusal_burst"},
    "errors": {"error_burst"},
    "flagged": {"flagged_burst"},
    "replay": {"replay"},
    "enumeration": {"extraction"},
}
SIMPLE = AnomalyPolicy(burst_grace=0.0)


def fed(stream, policy=None, state=None):
    rule = BurstRule(policy or AnomalyPolicy())
    if state is not None:
        rule.restore(decode_state(state))
    return rule, [d for x in stream for d in rule.observe(x).detections]


@cache
def after_a_week():
    rule, found = fed(weeks(1, seed=3))
    return encode_state(rule.state()), found


def steady(count, every=60.0, start=START, **fields):
    """One user at fixed times."""
    return [
        Observation(
            id=f"{start}-{i}",
            at=start + every * i,
            model="m",
            tenant="t",
            user="u",
            prompt=f"question {i}",
            response="answer",
            input_tokens=100,
            output_tokens=100,
            scores={"prompt": {"unsafe": 0.1}},
            **fields,
        )
        for i in range(count)
    ]


def test_an_ordinary_week_of_day_and_night_is_no_burst():
    assert after_a_week()[1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_burst_is_found_named_and_its_tenant_told(kind):
    burst = planted(kind, week=1, seed=0)
    _, found = fed(burst, state=after_a_week()[0])
    assert {d.detection_type for d in found} <= TYPES[kind]
    assert found[0].tenant == burst[0].tenant
    seen = [x.id for x in burst].index(found[0].exchange_id)
    assert seen <= {"requests": 150, "longer requests": 30}.get(kind, 12)


def test_evidence_has_the_rate_seen_and_the_usual_one_in_plain_units():
    _, found = fed(planted("requests", week=1, seed=0), state=after_a_week()[0])
    first = found[0].evidence[0]
    assert (first.name, first.unit) == ("requests", "requests per minute")
    assert first.value == pytest.approx(30.0, rel=0.5)
    assert first.reference < 3.0
    assert found[0].score > found[0].threshold >= LEAST_LIMIT
    weights = [e.weight for e in found[0].evidence]
    assert weights == sorted(weights, reverse=True)


def test_names_of_users_are_neither_kept_nor_told():
    named = [replace(x, user="alice@example.org") for x in planted("replay", week=1, seed=0)]
    rule, found = fed(named, state=after_a_week()[0])
    assert found
    assert b"alice" not in encode_state(rule.state())
    assert "alice" not in str(found)


def test_what_is_usual_for_one_key_is_no_burst_though_nobody_else_does_it():
    machine = [replace(x, prompt="ping") for x in steady(3000, every=30.0)]
    _, found = fed(machine)
    assert found == []


def test_nothing_is_said_before_the_grace_period_is_over():
    assert fed(planted("requests", week=0, seed=0))[1] == []


def test_a_burst_is_not_learnt():
    calm = steady(2000)
    rule, _ = fed(calm, SIMPLE)
    before = rule.state()["user"]["streams"][0][2]["history"][0]
    burst = steady(400, every=1.0, start=calm[-1].at + 60.0)
    found = [d for x in burst for d in rule.observe(x).detections]
    after = rule.state()["user"]["streams"][0][2]["history"][0]
    assert {d.detection_type for d in found} >= {"burst"}
    # The calm stream's last request was still pending.
    assert after[0] - before[0] <= 1.0


def test_a_rate_that_stays_is_taken_for_usual_in_the_end():
    policy = AnomalyPolicy(burst_grace=0.0, burst_settles=2 * HOUR)
    calm = steady(2000)
    rule, _ = fed(calm, policy)
    raised = steady(20_000, every=4.0, start=calm[-1].at + 60.0)
    found = [x.at for x in raised if rule.observe(x).detections]
    assert found[0] < raised[0].at + HOUR
    assert found[-1] < raised[0].at + 4 * HOUR


def test_a_flood_through_many_users_shows_in_the_tenant():
    calm = [replace(x, user=f"u{i % 40}") for i, x in enumerate(steady(3000))]
    rule, _ = fed(calm, SIMPLE)
    flood = [
        replace(x, user=f"new{i}")
        for i, x in enumerate(steady(600, every=0.5, start=calm[-1].at + 60.0))
    ]
    found = [d for x in flood for d in rule.observe(x).detections]
    assert "burst" in {d.detection_type for d in found}
    assert found[0].evidence[-1].value.startswith("tenant")


def test_memory_is_bounded_however_many_users_come():
    policy = AnomalyPolicy(burst_keys=20)
    once = [replace(x, user=f"u{i}", tenant=f"t{i}") for i, x in enumerate(steady(2000))]
    rule, _ = fed(once, policy)
    state = rule.state()
    assert len(state["user"]["streams"]) == len(state["tenant"]["streams"]) == 20


def test_a_restart_in_mid_burst_changes_nothing():
    stream = planted("enumeration", week=1, seed=1)
    state = after_a_week()[0]
    _, whole = fed(stream, state=state)
    rule, first = fed(stream[:20], state=state)
    _, rest = fed(stream[20:], state=encode_state(rule.state()))
    assert first + rest == whole != []


def test_who_comes_often_is_kept_and_its_count_never_too_small():
    rng = np.random.default_rng(0)
    keys = [f"heavy{i % 5}" if rng.random() < 0.5 else f"rare{i}" for i in range(5000)]
    kept = HeavyHitters(30, list)
    for i, key in enumerate(keys):
        kept.see(key, float(i)).append(i)
    held = {key: (count, seen) for key, count, seen in kept.items()}
    assert len(held) == 30
    for key in (f"heavy{i}" for i in range(5)):
        assert len(held[key][1]) == keys.count(key) <= held[key][0] * 1.05


def test_counts_fade_so_that_new_heavy_users_replace_old_ones():
    kept = HeavyHitters(2, list)
    for i in range(1000):
        kept.see(("old", "older")[i % 2], 0.0)
    for day in range(1, 400):
        kept.see("new", day * DAY)
    assert "new" in {key for key, _, _ in kept.items()}
    assert all(np.isfinite(count) for _, count, _ in kept.items())


def test_the_limit_holds_within_a_factor_of_two_what_it_promises_for_longer_tails_too():
    rng = np.random.default_rng(2)
    for scale in (0.5, 1.0, 6.0):
        peaks = Peaks()
        for peak in rng.exponential(scale, 3000):
            peaks.add(float(peak))
        over = rng.exponential(scale, 200_000) > peaks.limit(1e-4)
        assert over.mean() <= 2e-4
        assert LEAST_LIMIT <= peaks.limit(1e-4) < 30.0 * max(1.0, scale)


@given(st.lists(st.floats(0.0, 1e6), max_size=200), st.floats(1e-12, 0.5))
@settings(max_examples=60, deadline=None)
def test_a_limit_is_never_below_the_highest_ordinary_peak_or_the_least(found, risk):
    peaks = Peaks()
    for peak in found:
        peaks.add(peak)
    limit = peaks.limit(risk)
    assert limit >= LEAST_LIMIT
    assert len(found) < 50 or limit >= max(found)


def test_hours_of_the_week_begin_on_monday():
    assert hour_of_week(START) == 0
    assert hour_of_week(START - 1.0) == 167


def test_an_hour_that_is_always_busy_has_a_larger_factor():
    week = Week()
    for hour in range(3 * 168):
        busy = hour % 24 == 9
        at = START + hour * HOUR
        week.learn(at, at + HOUR, 240.0 if busy else 24.0)
    rate = (240.0 + 23 * 24.0) / (24 * HOUR)
    assert week.factor(9, rate, 1.0) > 5.0 > 1.0 > week.factor(8, rate, 1.0)
    assert week.factor(9, rate, 1.0) == Week.of(week.state()).factor(9, rate, 1.0)


def test_an_hour_not_seen_yet_is_as_on_other_days():
    week = Week()
    for hour in range(24):
        at = START + hour * HOUR
        week.learn(at, at + HOUR, 240.0 if hour == 9 else 24.0)
    rate = (240.0 + 23 * 24.0) / (24 * HOUR)
    assert week.factor(24 + 9, rate, 1.0) > 4.0


def test_near_prompts_are_told_from_the_same_and_from_others():
    rng = np.random.default_rng(1)
    one, other = rng.standard_normal((2, 256)).astype(np.float32)
    near = one + 0.2 * rng.standard_normal(256).astype(np.float32)

    def likeness(prompt, embedding):
        seen = Asked()
        assert seen.take(print_of("Tell me of record 17", one)) == (False, False)
        return Asked.of(seen.state()).take(print_of(prompt, embedding))

    assert likeness("tell me  of record 17", one) == (True, False)
    assert likeness("tell me of record 18", near) == (False, True)
    assert likeness("something else", other) == (False, False)
    assert likeness("tell me of record 18", None) == (False, False)


def test_exchanges_of_nobody_count_for_all_traffic():
    nobody = [replace(x, user="", tenant="") for x in steady(400)]
    rule, _ = fed(nobody)
    assert rule.state()["user"]["streams"] == []
    assert rule.state()["all traffic"]["streams"][0][2]["history"][3][1] > 0


def test_notices_of_stalled_streams_are_passed_over():
    rule = BurstRule(AnomalyPolicy())
    verdict = rule.observe(steady(1, state="stalled")[0])
    assert (verdict.scores, verdict.detections) == ({}, ())


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"burst_false_alarms": 0}, "burst_false_alarms"),
        ({"burst_grace": -1}, "burst_grace"),
        ({"burst_settles": 0}, "burst_settles"),
        ({"burst_keys": 0}, "burst_keys"),
    ],
)
def test_an_impossible_policy_is_refused_with_its_reason(table, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(table, AnomalyPolicy)


def test_weeks_start_on_a_monday_and_last():
    stream = weeks(1, seed=3)
    assert START <= stream[0].at < stream[-1].at < START + WEEK + DAY
