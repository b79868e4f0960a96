"""A change in words: the bundle's summary, and what to do about each kind."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import msgspec
import pytest

from detectors.base import Detection
from detectors.shift import Carrier, Example, Moved, Onset, Share, Shift, ShiftKind
from monitor.actions import recommend
from monitor.incidents.bundle import Bundle
from monitor.pipeline.shifts import shift_summary

SHIFT = Shift(
    kind="attack_wave",
    moved=(Moved("prompt_attack", 0.93, 0.02, "median", 0.99, 0.4, 9.1),),
    onset=Onset(43, "x57", 1_764_000_000.0, 1_763_999_990.0, 1_764_000_020.0),
    share=Share(0.21, 0.04),
    carriers=(Carrier("tenant", "acme", 0.8, 0.2, 0.1, 7.0),),
)


def test_a_shift_is_told_in_one_sentence():
    told = shift_summary(SHIFT)
    assert "attacks since 2025-11-24 16:00:00Z, 43 exchanges ago, in 21% of the traffic" in told
    assert "prompt_attack 0.93 (median), before 0.02" in told
    assert "80% of it from tenant acme" in told


def test_who_carries_little_of_it_is_not_in_the_summary():
    few = replace(SHIFT, carriers=(Carrier("tenant", "acme", 0.3, 0.1, 0.1, 4.0),))
    assert "acme" not in shift_summary(few)


@pytest.mark.parametrize("kind", get_args(ShiftKind))
def test_every_kind_of_shift_has_a_sentence_and_something_to_do_of_its_own(kind):
    shift = replace(SHIFT, kind=kind, symptom="cut_off")
    assert "(cut off)" in shift_summary(shift)
    plain = Detection("drift.input", "drift", "input_drift", 20.0, 14.0, (), 1.0, "m")
    told = recommend(replace(plain, shift=shift), "01X")
    others = {action.what for action in recommend(plain, "01X")}
    assert told[0].what not in others
    assert "{" not in told[0].how


def test_a_bundle_with_a_shift_is_stored_and_read_whole():
    shift = replace(SHIFT, examples=(Example("new", "x99", 0.4, 0.01),))
    bundle = Bundle(
        incident_id="01X",
        created=1.0,
        severity="warning",
        severity_reason="",
        category="input_drift",
        summary=shift_summary(shift),
        shift=shift,
    )
    assert msgspec.json.decode(msgspec.json.encode(bundle), type=Bundle) == bundle
