import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.safety.evaluation.doubt import Labels, fit

JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50)


def labels(judged):
    return Labels(*np.array(judged, dtype=float).reshape(-1, 2).T)


def test_the_curve_comes_out_as_the_labels_were_made():
    rng = np.random.default_rng(3)
    scores = rng.uniform(0.5, 0.99, 4_000)
    chance = 1 / (1 + np.exp(-(1.0 - 1.5 * np.log(scores / (1 - scores)))))
    found = fit(Labels(scores, (rng.random(4_000) < chance).astype(float)))
    assert found.slope == pytest.approx(-1.5, abs=0.15)
    assert np.abs(found.at(scores) - chance).max() < 0.05


def test_labels_of_one_kind_leave_some_doubt_and_more_of_them_less():
    few, many = (fit(labels([(0.8, 0)] * count)).at(np.array([0.8]))[0] for count in (2, 200))
    assert 0.0 < many < 0.02 < few < 0.5


def test_labels_that_make_high_scores_the_worse_ones_make_the_curve_flat():
    found = fit(labels([(0.6, 0)] * 20 + [(0.95, 1)] * 20))
    assert found.slope == 0.0
    assert found.at(np.array([0.7]))[0] == pytest.approx(0.5, abs=0.01)


def test_without_labels_there_is_no_curve():
    assert fit(labels([])) is None


@given(JUDGED)
def test_every_chance_is_one_and_never_rises_with_the_score(judged):
    chances = fit(labels(judged)).at(np.linspace(0, 1, 50))
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances) <= 1e-12).all()
