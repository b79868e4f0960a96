"""The promise of `latency.shift`: bets lose while nothing changes, however few and bursty the baseline."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.latency.bets import BETS, Bets, Stakes
from detectors.latency.known import usual_times
from detectors.latency.policy import LatencyPolicy
from detectors.latency.shift import LatencyShiftRule
from detectors.latency.usual import Judged
from detectors.latency.worth import discount, doubt

sys.path.insert(0, str(Path(__file__).parent))

from timed import baseline, exchange, stream

RANKS = np.linspace(-1.0, 1.0, 20_001)[:-1] + 5e-5
FEW = 300


def bursty(count, seed, *, load=0.25, memory=0.9, first=0, slower=1.0):
    """Streams whose neighbours have a load in common."""
    rng, common = np.random.default_rng(seed), 0.0
    for i in range(first, first + count):
        common = memory * common + float(np.sqrt(1.0 - memory**2) * rng.normal())
        times = slower * float(np.exp(load * common))
        yield exchange(i, rng, start=0.05 * times, prefill=0.0004 * times, decode=0.02 * times)


@pytest.mark.parametrize("rows", [100, 600, 2_000])
def test_every_bet_loses_on_average_where_ranks_are_even(rows):
    for phases in usual_times(baseline(stream(rows, 1))).by_key.values():
        for usual in phases.values():
            bets = Bets.of(usual)
            made = np.array([bets.factors(Judged(rank, 0.0, 1.0)) for rank in RANKS])
            assert made.shape[1] == BETS
            assert made.mean(axis=0).max() < 1.0


@given(st.lists(st.lists(st.floats(0.1, 10.0), min_size=BETS, max_size=BETS), max_size=30))
def test_gains_are_those_of_bets_begun_at_every_exchange(steps):
    stakes = Stakes()
    for i, factors in enumerate(steps, start=1):
        total = stakes.take(factors, i)
        begun = [np.prod(steps[start:i], axis=0) for start in range(i)]
        assert total == pytest.approx(np.sum(begun), rel=1e-9)
        assert stakes.bests == pytest.approx(np.maximum(1.0, np.max(begun, axis=0)), rel=1e-9)


def test_saved_stakes_go_on_as_if_there_had_been_no_break():
    rng = np.random.default_rng(0)
    steps = rng.lognormal(0.0, 0.3, size=(60, BETS)).tolist()
    one, other = Stakes(), Stakes()
    for i, factors in enumerate(steps):
        other = Stakes.restored(other.state())
        assert one.take(factors, i) == other.take(factors, i)
        assert one.since() == other.since()


@pytest.mark.parametrize(("memory", "least", "most"), [(0.0, 0.7, 1.0), (0.9, 0.02, 0.12)])
def test_times_with_a_load_in_common_are_worth_less(memory, least, most):
    rng, common, series = np.random.default_rng(3), 0.0, []
    for _ in range(4_000):
        common = memory * common + float(np.sqrt(1.0 - memory**2) * rng.normal())
        series.append(common)
    assert least <= discount(np.array(series)) <= most


def test_a_short_series_is_doubted_more():
    assert doubt(100) > doubt(1_500) > doubt(2_000) == doubt(50_000) == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_bursts_of_load_are_no_slowdown_beside_a_small_baseline(seed):
    rule = LatencyShiftRule(LatencyPolicy(), baseline(list(bursty(FEW, seed))))
    rows = bursty(3_000, 100 + seed, first=FEW)
    assert not any(rule.observe(x).detections for x in rows)


def test_a_clear_slowdown_is_found_in_bursts_too():
    rule = LatencyShiftRule(LatencyPolicy(), baseline(list(bursty(FEW, 0))))
    rows = bursty(1_500, 5, first=FEW, slower=2.5)
    assert any(rule.observe(x).detections for x in rows)
