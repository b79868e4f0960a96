"""The parts of an explanation, on numbers whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.drift.carriers import Stream, carriers, is_new
from detectors.drift.exemplars import exemplars
from detectors.drift.marks import Sign, excess
from detectors.drift.onset import began
from detectors.drift.ratio import log_ratios
from detectors.drift.season import is_seasonal
from detectors.drift.share import share_of

DAY = 86_400.0


def test_ratios_of_rows_that_do_not_differ_show_no_gap():
    rng = np.random.default_rng(1)
    window, reference = (rng.normal(size=(n, 30)).astype(np.float32) for n in (60, 600))
    found = log_ratios(window, reference, reference[:0])
    below = np.searchsorted(np.sort(found.reference), found.window) / 600
    assert abs(below.mean() - 0.5) < 0.15


def test_ratios_tell_rows_that_differ_apart():
    rng = np.random.default_rng(2)
    window, reference = (rng.normal(size=(n, 30)).astype(np.float32) for n in (60, 600))
    window[:, 7] += 3
    found = log_ratios(window, reference, window)
    assert np.median(found.window) > np.quantile(found.reference, 0.95)
    assert np.median(found.others) > np.quantile(found.reference, 0.95)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 1.0])
def test_the_share_of_a_mixture_is_found(share):
    errors = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        window = np.where(rng.random(300) < share, rng.normal(4, 1, 300), rng.normal(size=300))
        found = share_of(window, rng.normal(size=800))
        errors.append((found.value - share) / found.error)
    assert abs(np.mean(errors)) < 1.5
    assert np.mean(np.abs(errors) < 2.5) > 0.8


def test_the_share_of_what_overlaps_is_a_lower_bound():
    rng = np.random.default_rng(3)
    found = share_of(rng.normal(0.5, 1, 400), rng.normal(size=800))
    assert 0.1 < found.value < 0.9


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_the_onset_lies_in_its_interval_as_often_as_promised(share):
    inside, errors = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        reference, scores = rng.normal(size=800), rng.normal(size=600)
        new = np.arange(600) >= 500
        hit = new & (rng.random(600) < share)
        scores[hit] += 3
        found = began(scores, reference, 500)
        inside.append(found.earliest <= 500 <= found.latest)
        errors.append(abs(found.first - 500))
    assert np.mean(inside) >= 0.8
    assert np.median(errors) <= (2 if share == 1.0 else 15)


def test_carriers_have_more_of_the_change_than_of_the_traffic():
    names = ["a", "b", "c", "d"] * 100
    new = np.zeros(400, dtype=np.bool_)
    new[[i for i in range(200, 400) if names[i] == "b"]] = True
    found = carriers("tenant", Stream(names, new, 200, 0.02))
    assert [each.name for each in found] == ["b"]
    assert found[0].carries > 0.9
    assert found[0].traffic == 0.25
    assert not is_new(found[0], Stream(names, new, 200, 0.02))


def test_a_name_that_always_looked_so_carries_nothing():
    names = ["a", "b"] * 200
    new = np.array([name == "b" for name in names])
    assert carriers("tenant", Stream(names, new, 200, 0.05)) == ()


def test_a_carrier_is_new_only_if_nothing_changed_without_it():
    names = ["a"] * 200 + ["a", "b"] * 100
    only = np.array([name == "b" for name in names])
    found = carriers("tenant", Stream(names, only, 200, 0.02))
    assert is_new(found[0], Stream(names, only, 200, 0.02))
    both = only | (np.arange(400) % 8 == 0) & (np.arange(400) >= 200)
    assert not is_new(found[0], Stream(names, both, 200, 0.02))


def test_exemplars_are_of_different_clusters():
    rng = np.random.default_rng(4)
    centers = np.eye(8, dtype=np.float32)[[0, 1, 2]]
    rows = np.repeat(centers, 20, axis=0) + 0.05 * rng.normal(size=(60, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [str(i) for i in range(60)]
    new, old = np.arange(40), np.arange(40, 60)
    found = exemplars(new, old, rows, (rows[:40], rows[40:]), ids)
    chosen = {int(e.exchange_id) // 20 for e in found if e.of == "new"}
    assert chosen == {0, 1}
    assert sum(e.share_now for e in found if e.of == "new") == pytest.approx(1.0)
    assert sum(e.share_before for e in found if e.of == "old") == pytest.approx(1.0)


def test_without_embeddings_there_are_no_exemplars():
    none, rows = np.zeros(0, dtype=np.int64), np.zeros((3, 4), dtype=np.float32)
    assert exemplars(none, none, rows, (rows, rows), ["a", "b", "c"]) == ()


def _night(at):
    return (at % DAY) < DAY / 4


@pytest.mark.parametrize(("hour", "seasonal"), [(2, True), (14, False)])
def test_a_night_that_the_baseline_knows_is_a_season(hour, seasonal):
    baseline_at = np.arange(0, 4 * DAY, 200.0)
    then = _night(baseline_at) * 2.0
    at = 10 * DAY + hour * 3_600 + np.arange(0, 1_800, 30.0)
    assert is_seasonal(at, np.full(len(at), 2.0), baseline_at, then) is seasonal


def test_a_baseline_of_one_day_knows_no_season():
    baseline_at = np.arange(0, DAY, 100.0)
    at = 10 * DAY + 7_200 + np.arange(0, 1_800, 30.0)
    assert not is_seasonal(at, np.full(len(at), 2.0), baseline_at, _night(baseline_at) * 2.0)


def test_a_sign_without_a_limit_is_what_the_baseline_hardly_has():
    before = np.arange(1000, dtype=np.float32)
    now = np.array([5, np.nan, 995, 2000], dtype=np.float32)
    flags, usual = Sign("c", 1).flags(now, before)
    assert flags.tolist() == [False, False, True, True]
    assert usual.mean() == pytest.approx(0.01, abs=0.002)
    below, _ = Sign("c", -1).flags(np.array([3, 50], dtype=np.float32), before)
    assert below.tolist() == [True, False]


def test_an_excess_is_measured_by_chance():
    more, evidence = excess(np.ones(20, dtype=np.bool_), np.zeros(1000, dtype=np.bool_))
    assert more == 1.0
    assert evidence > 50
