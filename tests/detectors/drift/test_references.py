"""The parts beside what others have of them, and the promise beside simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from river.drift import PageHinkley
from scipy import stats
from scipy.spatial.distance import mahalanobis

from detectors.drift.bets import Bets, Cusum
from detectors.drift.policy import DriftPolicy
from detectors.drift.ranks import Ranks
from detectors.drift.rules import DriftRule
from detectors.drift.windows import EVERY, Group, WindowModel, Windows

columns = arrays(np.float32, st.integers(20, 80), elements=st.integers(-8, 8).map(np.float32))


@given(columns, st.floats(-10, 10, width=32))
def test_a_rank_is_scipys_percentile(reference, value):
    expected = 2 * stats.percentileofscore(reference, value, kind="mean") / 100 - 1
    found = Ranks(reference[:, None]).u(np.array([[value]], dtype=np.float32))[0, 0]
    assert found == pytest.approx(expected, abs=1e-6)


@given(columns, st.integers(0, 5))
def test_no_bet_wins_on_the_average_of_its_own_reference(reference, values):
    u = Ranks(reference[:, None]).u(reference[:, None])
    codes = (np.abs(reference[:, None]).astype(np.int64) % (values + 1)).reshape(-1, 1)
    increments = Bets(u, codes, [values + 1]).increments(u, codes)
    assert np.exp(increments.astype(np.float64)).mean(axis=0).max() <= 1.0 + 1e-6


@pytest.mark.parametrize("moved", [0.0, 1.0, 2.0])
def test_a_cusum_of_page_hinkleys_deviations_alarms_where_rivers_does(moved):
    rng = np.random.default_rng(7)
    stream = np.concatenate([rng.normal(size=300), rng.normal(moved, size=300)])
    theirs = PageHinkley(min_instances=1, delta=0.1, threshold=25.0, alpha=1.0, mode="up")
    ours, mean, alarms = Cusum(1, 1), 0.0, []
    for place, value in enumerate(stream):
        theirs.update(float(value))
        mean += (value - mean) / (place + 1)
        ours.steps(np.array([[[value - mean - 0.1]]], dtype=np.float32), place)
        alarms.append((theirs.drift_detected, bool(ours.value[0, 0] > 25.0)))
        if any(alarms[-1]):
            break
    assert all(their == our for their, our in alarms)
    assert any(our for _, our in alarms) == (moved > 0)


def test_a_cusum_is_the_largest_sum_that_ends_now():
    increments = np.random.default_rng(8).normal(-0.1, 1, size=(1, 40, 3)).astype(np.float32)
    cusum = Cusum(1, 3)
    for place in range(0, 40, 8):
        cusum.steps(increments[:, place : place + 8], place)
    tails = np.cumsum(increments[0, ::-1], axis=0)
    assert np.allclose(cusum.value[0], np.maximum(tails.max(axis=0), 0.0), atol=1e-4)


def test_a_window_scores_as_scipys_chi_square_of_a_mahalanobis_distance():
    rng = np.random.default_rng(9)
    reference = rng.normal(size=(1000, 3)).astype(np.float32)
    groups = [Group("prompt", "channels", np.arange(3))]
    windows = Windows([WindowModel(reference, groups, 50)], groups, 1000)
    rows = rng.normal(0.2, 1.0, size=(200, 3)).astype(np.float32)
    for part in rows.reshape(-1, EVERY, 3):
        windows.steps(part[None])
    covariance = np.cov(reference, rowvar=False) + 0.02 * np.eye(3)
    for score, length in zip(windows.scores()[0], windows.lengths, strict=True):
        if length <= len(rows):
            pulled = np.linalg.inv(covariance * (1 / length + 1 / 1000))
            gap = mahalanobis(rows[-length:].mean(axis=0), reference.mean(axis=0), pulled)
            assert score == pytest.approx(-stats.chi2.logsf(gap**2, 3), rel=1e-3)


@pytest.mark.parametrize("promised", [0.5, 50.0])
def test_without_a_change_there_are_no_more_alarms_than_promised(baseline, stream, promised):
    count = 6_000
    # Every alarm counts, also where the change that it claims is known already.
    rule = DriftRule(DriftPolicy(false_alarms=promised, quiet=1, repeat_seconds=1.0), baseline)
    found = [d for x in stream(count, seed=77) for d in rule.observe(x).detections]
    assert len(found) <= stats.poisson.ppf(0.99, promised * count / 10_000)
