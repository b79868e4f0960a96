"""The figures are those of scikit-learn, ties and all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from detectors.safety.evaluation.intervals import bootstrap
from detectors.safety.evaluation.ranking import Ranking, auprc, auroc, recall_at

TEXTS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 12).map(lambda n: n / 12)), min_size=2, max_size=80
).filter(lambda rows: len({truth for truth, _ in rows}) == 2)


@given(TEXTS)
def test_areas_are_those_of_scikit_learn(rows):
    truth, scores = zip(*rows, strict=True)
    curve = Ranking.of(truth, scores).curve()
    assert auprc(curve) == pytest.approx(average_precision_score(truth, scores))
    assert auroc(curve) == pytest.approx(roc_auc_score(truth, scores))


@given(TEXTS, st.sampled_from([0.05, 0.2, 0.5]))
def test_recall_at_a_rate_is_the_best_point_of_the_curve_within_it(rows, rate):
    truth, scores = zip(*rows, strict=True)
    found = recall_at(Ranking.of(truth, scores).curve(), rate)
    alarms, recall, _ = roc_curve(truth, scores, drop_intermediate=False)
    if (len(truth) - sum(truth)) * rate < 1:
        assert found is None
    else:
        assert found == pytest.approx(recall[alarms <= rate + 1e-12].max())


@given(TEXTS, st.integers(0, 2**32 - 1))
def test_a_weight_counts_a_text_as_often_as_it_says(rows, seed):
    truth, scores = np.array(rows).T
    times = np.random.default_rng(seed).integers(1, 4, len(truth))
    ranking = Ranking.of(truth, scores)
    order = np.argsort(-scores, kind="stable")
    repeated = Ranking.of(np.repeat(truth, times), np.repeat(scores, times))
    weighted = ranking.curve(times[order].astype(float))
    assert auprc(weighted) == pytest.approx(auprc(repeated.curve()))
    assert auroc(weighted) == pytest.approx(auroc(repeated.curve()))


@pytest.mark.parametrize("truth", [[1, 1, 1], [0, 0, 0]])
def test_one_class_alone_has_no_ranking(truth):
    with pytest.raises(ValueError, match="one of them is missing"):
        Ranking.of(truth, [0.1, 0.2, 0.3])


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        Ranking.of([0, 1], [0.1, float("nan")])


def test_the_interval_of_many_texts_holds_the_true_area_in_most_sets():
    # Two normal distributions one standard deviation apart: the area is known, 0.7602.
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = np.repeat([0, 1], 150)
        (interval,) = bootstrap(Ranking.of(truth, rng.normal(truth)), auroc)
        held += interval.low <= 0.7602 <= interval.high
    assert 34 <= held <= 40


def test_intervals_are_the_same_every_time():
    truth = np.repeat([0, 1], 20)
    ranking = Ranking.of(truth, np.random.default_rng(5).normal(truth))
    found = bootstrap(ranking, auprc, auroc)
    assert found == bootstrap(ranking, auprc, auroc)
    assert all(0 < own.low < own.high < 1 for own in found)


def test_a_handful_has_no_interval():
    truth = np.repeat([0, 1], [50, 9])
    assert bootstrap(Ranking.of(truth, truth), auprc) == [None]
