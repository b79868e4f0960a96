"""The parts: ranks, bets, windows, episodes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from detectors.drift.bets import Bets, Cusum
from detectors.drift.components import Components, Novelty
from detectors.drift.episode import Episodes
from detectors.drift.finding import Finding
from detectors.drift.ranks import Ranks
from detectors.drift.windows import EVERY, Group, WindowModel, Windows


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=40))
def test_ranks_of_the_reference_itself_are_its_mid_ranks(values):
    column = np.array(values, dtype=np.float32)
    expected = 2 * (rankdata(column) - 0.5) / len(column) - 1
    found = Ranks(column[:, None]).u(column[:, None])[:, 0]
    assert np.allclose(found, expected, atol=1e-6)


def test_ranks_put_unseen_values_at_the_ends_and_absent_ones_in_the_middle():
    ranks = Ranks(np.array([[1, -5], [2, np.nan], [3, -6]], dtype=np.float32))
    found = ranks.u(np.array([[0, np.nan], [9, -1], [-0.0, -7]], dtype=np.float32))
    assert found.tolist() == [[-1, 0], [1, 1], [-1, -1]]


def test_a_constant_channel_says_nothing_until_it_moves():
    ranks = Ranks(np.zeros((50, 1), dtype=np.float32))
    assert ranks.u(np.array([[0], [0.1]], dtype=np.float32)).ravel().tolist() == [0, 1]


@pytest.mark.parametrize("rows", [75, 1500])
def test_every_bet_loses_on_average_while_nothing_changes(rows):
    rng = np.random.default_rng(5)
    reference = rng.normal(size=(rows, 6)).astype(np.float32)
    reference[:, 4] = rng.poisson(0.3, rows)
    codes = rng.choice(4, p=[0.7, 0.25, 0.045, 0.005], size=(rows, 1))
    ranks = Ranks(reference)
    bets = Bets(ranks.u(reference), codes, [4])
    fresh = rng.normal(size=(40_000, 6)).astype(np.float32)
    fresh[:, 4] = rng.poisson(0.3, len(fresh))
    seen = rng.choice(4, p=[0.7, 0.25, 0.045, 0.005], size=(len(fresh), 1))
    growth = bets.increments(ranks.u(fresh), seen).astype(np.float64)
    assert growth.mean(axis=0).max() <= 0.0
    assert np.exp(growth).mean(axis=0).max() <= 1.0 + 3.0 / np.sqrt(rows)


def test_a_cusum_remembers_when_it_left_zero():
    cusum = Cusum(1, 1)
    cusum.steps(np.array([[[-1], [-1], [2]]], dtype=np.float32), 0)
    cusum.steps(np.array([[[2], [2]]], dtype=np.float32), 3)
    assert cusum.value[0, 0] == 6
    assert cusum.zero_at[0, 0] == 2


def test_sums_taken_together_are_those_taken_one_by_one():
    increments = np.random.default_rng(6).integers(-3, 3, size=(2, 60, 4)).astype(np.float32)
    together, singly = Cusum(2, 4), Cusum(2, 4)
    for start in range(0, 60, 5):
        together.steps(increments[:, start : start + 5], start)
    for place in range(60):
        singly.steps(increments[:, place : place + 1], place)
    assert together.value.tolist() == singly.value.tolist()
    assert together.zero_at.tolist() == singly.zero_at.tolist()


def _windows(rows: int = 1000):
    reference = np.random.default_rng(0).normal(size=(rows, 4)).astype(np.float32)
    groups = [Group("prompt", "channels", np.arange(4))]
    return Windows([WindowModel(reference, groups, 50)], groups, rows)


def test_running_sums_are_the_sums_of_the_last_rows():
    windows = _windows()
    rows = np.random.default_rng(1).normal(size=(1900, 4)).astype(np.float32)
    for part in rows.reshape(-1, EVERY, 4):
        windows.steps(part[None])
    for i, length in enumerate(windows.lengths):
        assert np.allclose(windows.sums[0, i], rows[-length:].sum(axis=0), atol=1e-3)


def test_a_window_scores_nothing_until_it_is_full():
    windows = _windows()
    for _ in range(60 // EVERY):
        windows.steps(np.full((1, EVERY, 4), 3.0, dtype=np.float32))
    scores = windows.scores()[0]
    assert (scores[:2] > 20).all()
    assert (scores[2:] == 0).all()


def test_what_the_baselines_own_blocks_vary_by_is_no_alarm():
    rng = np.random.default_rng(3)
    daily = np.repeat(rng.normal(size=(30, 1)), 50, axis=0)
    reference = (rng.normal(size=(1500, 3)) + daily * [1, 0, 0]).astype(np.float32)
    groups = [Group("prompt", "channels", np.arange(3))]
    windows = Windows([WindowModel(reference, groups, 50)], groups, 1500)
    for part in rng.normal([1.2, 0, 0], size=(20, 1, EVERY, 3)):
        windows.steps(part.astype(np.float32))
    seasonal = windows.scores()[0, 2]
    for part in rng.normal([0, 1.2, 0], size=(20, 1, EVERY, 3)):
        windows.steps(part.astype(np.float32))
    assert seasonal < 6 < 30 < windows.scores()[0, 2]


def test_an_absent_vector_says_nothing():
    vectors = np.random.default_rng(4).normal(size=(100, 16)).astype(np.float32)
    components = Components.fit(vectors, 4)
    assert components.of(vectors).shape == (100, 4)
    assert not components.of(np.zeros((1, 16), dtype=np.float32)).any()
    assert np.isnan(Novelty(vectors).of(np.zeros((1, 16), dtype=np.float32)))[0]


def test_answers_that_change_with_the_prompts_are_no_news():
    episodes = Episodes(quiet=100, repeat_seconds=1e6)
    assert episodes.is_news(Finding("input", 20), now=50, at=50.0)
    assert not episodes.is_news(Finding("output", 20), now=80, at=80.0)
    assert not episodes.is_news(Finding("input", 20), now=150, at=150.0)
    assert episodes.is_news(Finding("output", 20), now=400, at=400.0)
    assert episodes.is_news(Finding("input", 20), now=420, at=420.0)
