import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.safety.evaluation.doubt import Labels, fit
from detectors.safety.evaluation.threshold import Traffic, false_positives, threshold_for

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def traffic(scores, *, limit=0.5, benign=None, labels=()):
    """`labels` are scores with whether each is wrong."""
    known = np.full(len(scores), np.nan) if benign is None else np.array(benign, dtype=float)
    judged = np.array(labels, dtype=float).reshape(-1, 2).T
    return Traffic(np.array(scores, dtype=float), known, limit, Labels(*judged))


def test_the_threshold_lets_no_more_through_than_was_asked_for():
    seen = traffic(np.linspace(0, 0.999, 1_000))
    found = threshold_for(seen, 0.01)
    assert found.value == pytest.approx(0.99, abs=0.002)
    assert (seen.scores >= found.value).mean() <= 0.01
    assert found.interval.low < found.value < found.interval.high


def test_what_people_call_right_is_not_held_against_a_threshold():
    scores = [0.1] * 990 + [0.9] * 10
    assert threshold_for(traffic(scores), 0.005).value == 0.9001
    labelled = traffic(scores, benign=[np.nan] * 990 + [0.0] * 10, labels=[(0.9, 0)] * 10)
    assert threshold_for(labelled, 0.005).value == 0.1001


def test_findings_nobody_labelled_are_taken_for_wrong_as_often_as_the_others():
    scores = [0.1] * 900 + [0.9] * 100
    assert false_positives(traffic(scores), 0.5).share == pytest.approx(0.1)
    half = false_positives(traffic(scores, labels=[(0.9, 0), (0.9, 1)] * 50), 0.5)
    assert half.share == pytest.approx(50 / 950, rel=0.01)
    assert half.interval.low < half.share < half.interval.high


def test_few_labels_leave_more_doubt_than_many():
    scores = [0.1] * 900 + [0.9] * 100
    few = false_positives(traffic(scores, labels=[(0.9, 0), (0.9, 1)] * 2), 0.5).interval
    many = false_positives(traffic(scores, labels=[(0.9, 0), (0.9, 1)] * 200), 0.5).interval
    assert few.high - few.low > many.high - many.low


def test_ties_are_flagged_together_or_not_at_all():
    found = threshold_for(traffic([0.2] * 90 + [0.7] * 10), 0.05)
    assert found.value == 0.7001


def test_where_nothing_is_benign_or_all_score_one_there_is_no_threshold():
    assert threshold_for(traffic([0.9], benign=[0.0]), 0.1) is None
    assert threshold_for(traffic([1.0] * 9), 0.1) is None


@settings(deadline=None, max_examples=40)
@given(SCORES, st.floats(0.001, 0.9), st.lists(st.tuples(st.floats(0.5, 1), st.booleans())))
def test_no_sample_flags_more_than_its_target(scores, target, labels):
    seen = traffic(scores, labels=labels)
    found = threshold_for(seen, target)
    if found is not None:
        chances = seen.chances(fit(seen.labels))
        flagged = chances[seen.scores >= found.value].sum()
        assert flagged <= target * chances.sum() + 1e-9


def test_the_interval_holds_the_truth_in_most_samples():
    """Scores are uniform, so the threshold for 5% is 0.95."""
    held = 0
    for seed in range(40):
        scores = np.random.default_rng(seed).random(1_000)
        interval = threshold_for(traffic(scores, limit=2.0), 0.05).interval
        held += interval.low <= 0.95 <= interval.high
    assert held >= 34
