import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly.tails import LARGEST, SURPRISING, Tails


def fitted(*columns):
    return Tails.fit(np.column_stack(columns).astype(np.float64))


def test_surprise_is_minus_log_of_the_exceedance_probability():
    rng = np.random.default_rng(0)
    tails = fitted(rng.exponential(size=20_000))
    values = np.array([[1.0], [3.0], [6.0], [10.0]])
    assert tails.surprise(values)[:, 0] == pytest.approx([1.0, 3.0, 6.0, 10.0], rel=0.25)


def test_the_mean_rate_of_large_surprises_is_as_stated():
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(50):
        tails = fitted(rng.standard_normal(1000))
        surprise = tails.surprise(rng.standard_normal((2000, 1)))[:, 0]
        rates.append(np.mean(surprise > np.log(200)))
    assert 0.002 < np.mean(rates) < 0.008


def test_a_value_never_seen_in_a_constant_column_is_capped():
    tails = fitted(np.zeros(500))
    assert tails.surprise(np.array([[0.0], [1.0], [1e9]]))[:, 0] == pytest.approx(
        [0.0, np.log(501) + 2, np.log(501) + 2]
    )


def test_an_absent_value_and_a_column_hardly_seen_do_not_surprise():
    column = np.full(500, np.nan)
    column[:20] = 1.0
    tails = fitted(np.arange(500.0), column)
    assert tails.surprise(np.array([[np.nan, 1e9]])).tolist() == [[0.0, 0.0]]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=120),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_surprise_is_finite_and_grows_with_the_value(column, values):
    tails = fitted(np.array(column))
    known = np.sort(np.array(values)[~np.isnan(values)])
    surprise = tails.surprise(known[:, None])[:, 0]
    assert np.all((surprise >= 0) & (surprise <= LARGEST))
    assert np.all(np.diff(surprise) >= -1e-9)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=120),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_one_row_is_judged_as_many_are(column, values):
    tails = fitted(np.array(column))
    # Values that the column has lie on its knots, where a hair would make a difference.
    rows = np.array([*values, *column])[:, None]
    one = [dict(tails.surprise_of_one(row)).get(0, 0.0) for row in rows]
    assert one == [dict(tails.surprise_of_few(row.tolist())).get(0, 0.0) for row in rows]
    many = tails.surprise(rows)[:, 0]
    assert np.where(many >= SURPRISING, many, 0.0) == pytest.approx(np.array(one), rel=1e-12)


def test_values_that_are_nearly_alike_need_more_than_their_own_width_to_surprise():
    rng = np.random.default_rng(5)
    alike = 10.0 + 1e-6 * rng.standard_normal(300)
    tails = Tails.fit(np.concatenate([rng.standard_normal(300), alike])[:, None])
    just_beyond = tails.surprise(np.array([[10.0 + 1e-4]]))
    assert just_beyond[0, 0] < tails.surprise(np.array([[12.0]]))[0, 0]
    assert just_beyond[0, 0] < 6.0
