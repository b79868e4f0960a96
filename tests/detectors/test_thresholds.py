import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from detectors.errors import DetectorError
from detectors.thresholds import binomial_tail, conformal_threshold


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.001, 0.999))
def test_the_binomial_tail_is_scipys(successes, trials, rate):
    assert binomial_tail(successes, trials, rate) == pytest.approx(
        float(binom.sf(successes - 1, trials, rate)), rel=2e-3, abs=1e-12
    )


def test_an_impossible_count_has_no_chance_and_a_sure_one_all():
    assert binomial_tail(3, 2, 0.5) == 0.0
    assert binomial_tail(0, 2, 0.5) == 1.0
    assert binomial_tail(1, 2, 0.0) == 0.0


def test_enough_points_give_the_conformal_order_statistic():
    assert conformal_threshold(np.arange(1.0, 1000.0), 0.001) == 999.0
    assert conformal_threshold(np.arange(1.0, 1000.0), 0.1) == 900.0


def test_the_false_positive_rate_is_kept_on_average():
    rng = np.random.default_rng(5)
    rates = []
    for _ in range(200):
        line = conformal_threshold(rng.gumbel(size=1200), 0.01)
        rates.append(np.mean(rng.gumbel(size=2000) > line))
    assert 0.007 < np.mean(rates) <= 0.0105


@pytest.mark.parametrize("points", [40, 100, 300])
def test_too_few_points_err_towards_silence(points):
    rng = np.random.default_rng(points)
    rates = []
    for _ in range(200):
        line = conformal_threshold(rng.exponential(size=points), 0.001)
        rates.append(np.mean(rng.exponential(size=4000) > line))
    assert np.mean(rates) < 0.002


def test_no_points_or_an_impossible_rate_is_refused():
    with pytest.raises(DetectorError, match="at least one score"):
        conformal_threshold(np.array([]), 0.01)
    with pytest.raises(DetectorError, match="between 0 and 1"):
        conformal_threshold(np.ones(3), 0.0)
