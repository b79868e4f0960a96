"""Figures of a category: calibration, rates, and texts without a score."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from detectors.safety.evaluation.calibration import expected_error, reliability
from detectors.safety.evaluation.figures import figures
from detectors.safety.evaluation.intervals import Rate
from detectors.safety.evaluation.over_refusal import over_refusal

NAN = float("nan")


def test_reliability_is_that_of_scikit_learn():
    rng = np.random.default_rng(3)
    scores = rng.random(500)
    truth = rng.random(500) < scores
    bins = reliability(truth, scores)
    positive, score = calibration_curve(truth, scores, n_bins=10)
    assert [b.positive for b in bins] == pytest.approx(positive)
    assert [b.score for b in bins] == pytest.approx(score)


def test_scores_that_are_all_too_high_are_off_by_as_much():
    truth = np.tile([0, 0, 0, 1], 50)
    assert expected_error(reliability(truth, np.full(200, 0.65))) == pytest.approx(0.4)


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 40), (40, 40), (500, 9000)])
def test_the_interval_of_a_rate_is_wilsons(count, of):
    theirs = binomtest(count, of).proportion_ci(method="wilson")
    ours = Rate.measured(count, of).interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_a_rate_of_nothing_is_not_zero():
    assert Rate.measured(0, 0).share is None


def test_an_unscored_text_is_counted_and_in_no_other_figure():
    labels = np.array([1, 1, 0, 0, NAN])
    found = figures(labels, np.array([0.9, NAN, 0.2, NAN, 0.9]), 0.5)
    assert (found.positives, found.negatives) == (1, 1)
    assert (found.unscored, found.unscored_positives) == (2, 1)
    assert (found.hits.of, found.false_alarms.of) == (1, 1)


def test_hits_and_false_alarms_are_at_and_above_the_threshold():
    found = figures(np.array([1, 1, 0, 0]), np.array([0.5, 0.4, 0.5, 0.1]), 0.5)
    assert (found.hits.share, found.false_alarms.share) == (0.5, 0.5)


def test_without_negatives_nothing_is_said_of_ranking():
    found = figures(np.array([1.0, 1.0]), np.array([0.5, 0.4]), 0.5)
    assert found.ranked is None
    assert found.hits.share == 0.5
    assert found.false_alarms.share is None


def test_a_category_without_a_threshold_is_never_flagged():
    found = figures(np.array([1.0, 0.0]), np.array([0.5, 0.4]), None)
    assert found.hits is None
    assert found.ranked.auprc == 1.0


def test_over_refusal_is_told_at_the_threshold_that_catches_enough():
    unsafe = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    found = over_refusal(np.array([0.65, 0.5, 0.2, 0.1]), unsafe)
    assert found.threshold == 0.6
    assert found.caught.share == 0.8
    assert found.refused.share == 0.25


def test_over_refusal_needs_both_kinds():
    assert over_refusal(np.array([0.5]), np.array([])) is None
