"""Baselines: built, kept, read again, refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.baseline import MINIMUM, Baseline, numbers, stratum, unfit
from detectors.errors import DetectorError
from detectors.observation import Observation
from detectors.origin import Origin
from detectors.packed import pack, unpack
from detectors.season import hours_of_week


def observation(i: int) -> Observation:
    vector = np.zeros(256, dtype=np.float32)
    vector[i % 256] = 1.0
    return Observation(
        id=f"x{i}",
        at=float(i),
        model="m",
        route="/chat",
        system="Be kind." if i % 2 else "",
        prompt="the secret text",
        response="the answer text",
        channels={"prompt_log_length": i / 7, **({"log_ttft": -1.0} if i % 3 else {})},
        categories={"prompt_language": "en" if i % 5 else "de"},
        prompt_embedding=vector,
        scores={"prompt": {"unsafe": 0.25, "prompt_injection": 0.1, "jailbreak": 0.5}},
    )


def build(observations: list[Observation]) -> Baseline:
    return Baseline.build(observations, name="b", encoder="e", created=5.0)


OBSERVATIONS = [observation(i) for i in range(120)]


def test_a_baseline_comes_back_from_its_bytes_as_it_was():
    before = build(OBSERVATIONS)
    after = Baseline.from_bytes(before.to_bytes())
    assert after.to_bytes() == before.to_bytes() == build(OBSERVATIONS).to_bytes()
    assert np.array_equal(after.values, before.values, equal_nan=True)
    assert np.array_equal(after.prompt_embeddings, before.prompt_embeddings)
    assert after.response_embeddings.shape == (120, 256)
    assert after.categories == before.categories
    assert (after.name, after.encoder, after.created, after.size) == ("b", "e", 5.0, 120)


def test_rows_are_in_time_order_whatever_order_they_came_in():
    assert build(OBSERVATIONS[::-1]).to_bytes() == build(OBSERVATIONS).to_bytes()


def test_no_text_is_kept():
    data = build(OBSERVATIONS)
    assert "secret" not in repr(data)
    assert "kind" not in repr(data.strata)


def test_an_absent_channel_is_not_a_number_and_a_row_is_laid_out_as_the_values_are():
    baseline = build(OBSERVATIONS)
    assert baseline.channel_names == (
        "log_ttft",
        "prompt_attack",
        "prompt_log_length",
        "prompt_unsafe",
    )
    assert np.isnan(baseline.values[0, 0])
    assert np.array_equal(baseline.row(OBSERVATIONS[7]), baseline.values[7], equal_nan=True)


def test_safety_counts_as_channels():
    assert numbers(OBSERVATIONS[0])["prompt_attack"] == 0.5
    assert numbers(OBSERVATIONS[0])["prompt_unsafe"] == 0.25


def test_failed_and_unfinished_exchanges_are_left_out():
    bad = [replace(OBSERVATIONS[0], status=500), replace(OBSERVATIONS[0], error="e")]
    assert build([*OBSERVATIONS, *bad, replace(OBSERVATIONS[0], state="stalled")]).size == 120


def test_too_few_exchanges_are_refused_with_how_many_more_it_takes():
    with pytest.raises(DetectorError, match=f"{MINIMUM - 40} more"):
        build(OBSERVATIONS[:40])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"not a baseline",
        lambda data: data[:-9],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"BASELINE-2", b"BASELINE-9"),
        lambda data: data[:60] + b"????" + data[64:],
    ],
)
def test_garbage_is_refused_with_a_remedy(spoil):
    with pytest.raises(DetectorError, match="sidewatch baseline build"):
        Baseline.from_bytes(spoil(build(OBSERVATIONS).to_bytes()))


def test_system_prompts_are_told_apart_by_a_short_hash():
    assert stratum("") == ""
    assert len(stratum("Be kind.")) == 12
    assert stratum("Be kind.") != stratum("Be rude.")


def test_a_description_is_plain_values():
    shown = build(OBSERVATIONS).describe()
    assert shown["size"] == 120
    assert shown["models"] == {"m": 120}
    assert shown["categories"]["prompt_language"] == {"en": 96, "de": 24}
    assert shown["channels"]["log_ttft"]["present"] == pytest.approx(2 / 3, abs=1e-4)
    assert shown["system_prompts"] == 1


MONDAY = 1_763_942_400.0
"""2025-11-24 00:00 UTC."""


def test_hours_are_counted_from_monday_in_utc():
    at = MONDAY + 3600.0 * np.array([0, 0.99, 5, 167, 168])
    counts = hours_of_week(at)
    assert len(counts) == 168
    assert {hour: int(counts[hour]) for hour in np.flatnonzero(counts)} == {0: 3, 5: 1, 167: 1}


def test_what_was_left_out_is_counted_and_told():
    bad = [
        replace(OBSERVATIONS[0], status=500),
        replace(OBSERVATIONS[0], error="e"),
        replace(OBSERVATIONS[0], state="stalled"),
    ]
    assert [unfit(x) for x in bad] == ["refused", "broken off", "unfinished"]
    origin = build([*OBSERVATIONS, *bad]).origin
    assert (origin.read, origin.skipped) == (
        123,
        {"broken off": 1, "refused": 1, "unfinished": 1},
    )
    with pytest.raises(DetectorError, match=r"Left out: 1 broken off, 1 refused, 1 unfinished"):
        build([*OBSERVATIONS[:50], *bad])


def test_where_it_is_from_survives_a_file_and_words_of_later_versions():
    origin = Origin(how="accepted", source="x", since=0.5, skipped={"refused": 2}, masked=3)
    assert Origin.of_plain(origin.plain()) == origin
    assert Origin.of_plain({**origin.plain(), "weather": "fair"}) == origin


def test_a_changed_value_is_noticed_though_the_file_is_whole():
    magic = b"SIDEWATCH-BASELINE-2\n"
    meta, arrays = unpack(magic, build(OBSERVATIONS).to_bytes())
    values = arrays["values"].copy()
    values[3, 1] += 1
    with pytest.raises(DetectorError, match="checksum does not match"):
        Baseline.from_bytes(pack(magic, meta, {**arrays, "values": values}))


def test_it_fits_only_the_models_that_it_was_made_with():
    baseline = replace(build(OBSERVATIONS), origin=Origin(screen="s1"))
    assert baseline.misfit(encoder="e", screen="s1") == ""
    assert baseline.misfit(encoder="e", screen="") == ""
    assert "encoder e, this version uses f" in baseline.misfit(encoder="f", screen="s1")
    assert "weights s1" in baseline.misfit(encoder="e", screen="s2")
    assert build(OBSERVATIONS).misfit(encoder="e", screen="s2") == ""
