"""Explanations of alarms: kind, onset, share, who carries it, examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule

CLEAN = 400


def first_shift(rule, observations):
    for x in observations:
        found = rule.observe(x).detections
        if found:
            return found[0].shift
    raise AssertionError("no alarm")


def mixed(stream, share, *, seed, tenant="", **change):
    """Ordinary exchanges among which a share is changed, after a stretch of ordinary ones."""
    rng = np.random.default_rng(seed)
    clean = stream(CLEAN, seed=seed)
    ordinary = stream(600, seed=seed + 1, start=CLEAN)
    changed = stream(600, seed=seed + 2, start=CLEAN, **change)
    changed = [replace(x, tenant=tenant) for x in changed]
    return [
        *clean,
        *(c if rng.random() < share else o for c, o in zip(changed, ordinary, strict=True)),
    ]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"topics": (5,)}, "input_change"),
        ({"response_shift": -2.0}, "model_change"),
        ({"slower": 1.6}, "timing_change"),
    ],
)
def test_the_kind_and_the_onset_are_told(rule, stream, change, kind):
    shift = first_shift(rule, mixed(stream, 1.0, seed=10, **change))
    assert shift.kind == kind
    assert abs(int(shift.onset.exchange_id[1:]) - CLEAN) <= 10
    assert shift.onset.earliest <= shift.onset.at <= shift.onset.latest
    assert shift.onset.earliest <= 1000.0 + CLEAN + 5
    assert shift.share.value > 0.6


def test_the_share_of_a_part_is_estimated_with_its_error(rule, stream):
    shift = first_shift(rule, mixed(stream, 0.3, seed=20, topics=(5,)))
    assert abs(shift.share.value - 0.3) <= 2.5 * shift.share.error + 0.1
    assert shift.share.error < 0.3


def test_examples_of_the_new_are_new_and_those_of_the_old_are_not(rule, stream):
    observations = mixed(stream, 0.4, seed=30, tenant="new", topics=(5,))
    shift = first_shift(rule, observations)
    turned = {x.id for x in observations if x.tenant == "new"}
    new = {e.exchange_id for e in shift.examples if e.of == "new"}
    old = {e.exchange_id for e in shift.examples if e.of == "old"}
    assert new
    assert old
    assert new <= turned
    assert not old & turned
    assert max(e.share_now - e.share_before for e in shift.examples if e.of == "new") > 0.2


def test_a_tenant_that_was_not_there_before_is_a_kind_of_its_own(rule, stream):
    shift = first_shift(rule, mixed(stream, 0.4, seed=40, tenant="new", topics=(5,)))
    assert shift.kind == "new_tenant"
    assert (shift.carriers[0].of, shift.carriers[0].name) == ("tenant", "new")
    assert shift.carriers[0].carries > 0.8
    assert shift.carriers[0].traffic_before == 0.0


def test_what_all_tenants_have_alike_is_laid_on_none(rule, stream):
    observations = [
        replace(x, tenant=f"t{i % 3}")
        for i, x in enumerate(mixed(stream, 1.0, seed=50, prompt_shift=1.5))
    ]
    assert first_shift(rule, observations).carriers == ()


def refusing(observations, share, seed):
    rng = np.random.default_rng(seed)
    return [
        replace(x, channels={**x.channels, "response_refusal": 1.0}) if rng.random() < share else x
        for x in observations
    ]


def test_a_surge_of_refusals_is_a_collapse_of_quality(rule, stream):
    observations = [
        *stream(CLEAN, seed=60),
        *refusing(stream(600, seed=61, start=CLEAN), 0.3, seed=62),
    ]
    shift = first_shift(rule, observations)
    assert (shift.kind, shift.symptom) == ("quality_collapse", "refusals")


def scored(observations, rng, share):
    """With the probability of an attack; a share of them look like one."""
    for x in observations:
        attack = rng.random() < share
        p = float(rng.uniform(0.8, 1.0) if attack else rng.beta(1, 30))
        yield replace(x, scores={"prompt": {"unsafe": p, "jailbreak": p}})


def test_a_part_that_looks_like_attacks_is_a_wave(stream):
    rng = np.random.default_rng(70)
    known = list(scored(stream(1000, seed=71), rng, 0.0))
    rule = DriftRule(DriftPolicy(), Baseline.build(known, name="b", encoder="e", created=0.0))
    clean = scored(stream(CLEAN, seed=72), rng, 0.0)
    wave = scored(stream(600, seed=73, start=CLEAN), rng, 0.2)
    shift = first_shift(rule, [*clean, *wave])
    assert shift.kind == "attack_wave"
    assert shift.moved[0].channel in {"prompt_attack", "prompt_unsafe"}


def test_a_part_that_looks_less_like_attacks_is_no_wave(stream):
    rng = np.random.default_rng(75)

    def told(observations, share):
        """A share of them are plainly harmless, the rest as harmless as ever."""
        for x in observations:
            p = float(rng.uniform(0.0, 0.01) if rng.random() < share else rng.beta(3, 30))
            yield replace(x, scores={"prompt": {"unsafe": p, "jailbreak": p}})

    known = list(told(stream(1000, seed=76), 0.0))
    rule = DriftRule(DriftPolicy(), Baseline.build(known, name="b", encoder="e", created=0.0))
    clean, calmer = stream(CLEAN, seed=77), stream(600, seed=78, start=CLEAN)
    shift = first_shift(rule, [*told(clean, 0.0), *told(calmer, 0.45)])
    assert {each.channel for each in shift.moved} & {"prompt_attack", "prompt_unsafe"}
    assert shift.kind == "input_change"


def test_the_evidence_says_what_the_shift_says(rule, stream):
    for x in mixed(stream, 0.4, seed=80, tenant="new", topics=(5,)):
        found = rule.observe(x).detections
        if found:
            break
    told = {e.name: e for e in found[0].evidence}
    shift = found[0].shift
    assert found[0].detection_type == "input_drift"
    assert told["kind"].value == shift.kind
    assert told["share_of_traffic"].value == shift.share.value
    assert told["first_exchange"].value == shift.onset.exchange_id
    assert told["exchanges_since_change"].value == shift.onset.exchanges
    assert told["tenant=new"].value == shift.carriers[0].carries
    assert {told["new_example"].value, told["old_example"].value} <= {
        e.exchange_id for e in shift.examples
    }


def test_a_baseline_without_texts_is_explained_by_the_rest(stream):
    known = [
        replace(x, prompt_embedding=None, response_embedding=None) for x in stream(300, seed=90)
    ]
    rule = DriftRule(DriftPolicy(), Baseline.build(known, name="b", encoder="e", created=0.0))
    shift = first_shift(rule, stream(300, seed=91, prompt_shift=2.5))
    assert shift.kind == "input_change"
    assert shift.examples == ()
