"""Alarms: where they are raised, what they say, and that there are none without a change."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule, rules


def alarms(rule, observations):
    found = []
    for index, x in enumerate(observations):
        found += [(index, d) for d in rule.observe(x).detections]
    return found


@pytest.mark.parametrize(
    ("change", "kind", "latest"),
    [
        ({"prompt_shift": 1.0}, "input_drift", 60),
        ({"topics": (5,)}, "input_drift", 60),
        ({"language": "de"}, "input_drift", 60),
        ({"response_shift": -2.0}, "output_drift", 60),
        ({"slower": 1.6}, "timing_drift", 80),
    ],
)
def test_a_change_is_found_soon_and_named(rule, stream, change, kind, latest):
    found = alarms(rule, [*stream(300, seed=10), *stream(300, seed=11, start=300, **change)])
    index, detection = found[0]
    assert 300 <= index <= 300 + latest
    assert detection.detection_type == kind
    assert detection.rule == "drift." + kind.removesuffix("_drift")
    assert detection.exchange_id == f"x{index}"
    assert detection.score > detection.threshold


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_nothing_is_found_where_nothing_changed(rule, stream, seed):
    assert alarms(rule, stream(1500, seed=seed)) == []


@pytest.mark.parametrize("seed", [30, 31, 32])
def test_a_small_baseline_does_not_cry_wolf(small_baseline, stream, seed):
    assert alarms(DriftRule(DriftPolicy(), small_baseline), stream(1000, seed=seed)) == []


def test_a_small_baseline_still_sees_a_large_change(small_baseline, stream):
    rule = DriftRule(DriftPolicy(), small_baseline)
    found = alarms(rule, [*stream(100, seed=33), *stream(300, seed=34, prompt_shift=2.5)])
    assert 100 <= found[0][0] <= 250


def test_longer_prompts_are_no_latency_fault(rule, stream):
    found = alarms(rule, stream(400, seed=40, prompt_shift=1.5))
    assert {d.detection_type for _, d in found} == {"input_drift"}


def test_a_lasting_change_is_raised_once(rule, stream):
    found = alarms(rule, stream(1500, seed=50, prompt_shift=1.0))
    assert len(found) == 1


def test_a_lasting_change_is_raised_again_after_the_repeat_interval(baseline, stream):
    rule = DriftRule(DriftPolicy(repeat_seconds=1000.0), baseline)
    found = alarms(rule, stream(2200, seed=51, prompt_shift=1.0))
    assert 2 <= len(found) <= 3
    assert all(b - a >= 1000 for (a, _), (b, _) in pairwise(found))


def test_a_change_that_comes_again_after_quiet_is_raised_again(rule, stream):
    shifted = stream(200, seed=52, prompt_shift=1.5)
    found = alarms(rule, [*shifted, *stream(1500, seed=53), *shifted])
    assert len(found) == 2
    assert 1700 <= found[1][0] <= 1760


def test_the_end_of_a_change_is_told_once_and_not_while_it_lasts(rule, stream):
    shifted = stream(900, seed=52, prompt_shift=1.5)
    after = stream(1500, seed=53, start=900)
    ends = [rule.observe(x).recoveries for x in [*shifted, *after]]
    told = [(index, r) for index, found in enumerate(ends) for r in found]
    ((index, recovery),) = told
    assert recovery.rule == "drift.input"
    assert recovery.at == after[index - 900].at
    assert 900 + 400 <= index <= 900 + 1100


def test_failed_and_unfinished_exchanges_are_passed_over(rule, stream):
    odd = stream(200, seed=60, prompt_shift=3.0)
    failed = [replace(x, error="upstream died") for x in odd]
    refused = [replace(x, status=503) for x in odd]
    stalled = [replace(x, state="stalled") for x in odd]
    assert alarms(rule, [*failed, *refused, *stalled]) == []


def test_the_evidence_names_what_moved_in_plain_units(rule, stream):
    found = alarms(rule, [*stream(200, seed=70), *stream(200, seed=71, prompt_shift=1.5)])
    first = found[0][1].evidence[0]
    assert first.name in {"prompt_length", "input_tokens"}
    assert first.value > 1.3 * first.reference
    assert first.unit.startswith(("median words, at 9", "median tokens, at 9"))
    ages = [e.value for e in found[0][1].evidence if e.name == "exchanges_since_change"]
    assert 1 <= ages[0] <= 60


def test_the_alarm_is_made_silent_by_name(baseline, stream):
    rule = DriftRule(DriftPolicy(disabled_rules=("drift.input",)), baseline)
    assert alarms(rule, stream(300, seed=72, prompt_shift=2.0)) == []


@pytest.mark.parametrize("cut", [7, 203, 221, 390])
def test_a_restored_rule_goes_on_as_if_nothing_had_happened(baseline, stream, cut):
    observations = [*stream(200, seed=80), *stream(300, seed=81, start=200, response_shift=-1.0)]
    whole = DriftRule(DriftPolicy(), baseline)
    first, second = (DriftRule(DriftPolicy(), baseline) for _ in range(2))
    expected = [whole.observe(x) for x in observations]
    before = [first.observe(x) for x in observations[:cut]]
    second.restore(first.state())
    assert before + [second.observe(x) for x in observations[cut:]] == expected
    assert any(verdict.detections for verdict in expected)


def test_exchanges_without_texts_or_features_are_survived(rule, stream):
    bare = [
        replace(x, channels={}, categories={}, prompt_embedding=None) for x in stream(20, seed=1)
    ]
    for x in bare:
        rule.observe(x)


def test_without_a_baseline_there_is_no_rule():
    assert rules(DriftPolicy(), None) == []


@pytest.mark.parametrize(
    "bad", [{"false_alarms": 0}, {"false_alarms": 500}, {"quiet": 0}, {"repeat_seconds": -1}]
)
def test_an_impossible_policy_is_refused(bad):
    with pytest.raises(ValueError, match="drift: "):
        DriftPolicy(**bad)
