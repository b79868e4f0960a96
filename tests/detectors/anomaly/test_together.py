import numpy as np
import pytest

from detectors.anomaly.factors import FACTORS, FITTED, LARGE
from detectors.anomaly.together import TOGETHER, Together, members_of
from detectors.anomaly.weights import WEIGHTS

ALL = (*FACTORS, *FITTED)
OFF_TOPIC = [i for i, factor in enumerate(ALL) if factor.kind == "off_topic"]


def ordinary(rows, seed):
    """Surprises as independent channels would have them, those below 1 left out."""
    found = np.random.default_rng(seed).exponential(size=(rows, len(ALL)))
    return np.where(found >= 1.0, found, 0.0)


def fitted():
    return Together.fit(members_of(ALL), ordinary(2000, seed=0))


def row(places, surprise):
    return [(place, surprise) for place in sorted(places)]


def sparse(row):
    return [(place, row[place]) for place in np.flatnonzero(row)]


def test_every_factor_that_has_a_weight_is_known_and_in_the_sum_of_all():
    assert TOGETHER[-1] == ()
    found = members_of(ALL)[:, -1]
    assert np.count_nonzero(found) == len(WEIGHTS)
    assert found.sum() == pytest.approx(sum(WEIGHTS.values()))


def test_weak_signs_of_all_kinds_together_say_what_none_of_them_does():
    weighty = [i for i, f in enumerate(ALL) if WEIGHTS.get((f.channel, f.sign), 0.0) >= 0.3]
    sums = fitted().surprise_of_one(row(weighty, 4.0))
    assert sums[-1] > 8.0


def test_three_signs_of_one_kind_say_more_than_the_strongest_of_them():
    sums = fitted().surprise_of_one(row(OFF_TOPIC, 5.0))
    assert TOGETHER[int(np.argmax(sums))] == ("off_topic",)
    assert max(sums) > 6.0


def test_as_many_signs_of_different_kinds_say_less():
    others = [next(i for i, f in enumerate(ALL) if f.kind == k) for k in ("repetition", "echo")]
    spread = fitted().surprise_of_one(row([OFF_TOPIC[0], *others], 5.0))
    alike = fitted().surprise_of_one(row(OFF_TOPIC, 5.0))
    assert max(spread[:-1]) < max(alike[:-1])


def test_one_row_is_judged_as_many_are():
    together, rows = fitted(), ordinary(50, seed=1)
    each = np.array([together.surprise_of_one(sparse(one)) for one in rows])
    assert together.surprise(rows) == pytest.approx(each)


def test_the_rate_of_large_sums_among_ordinary_rows_is_as_stated():
    found = fitted().surprise(ordinary(20_000, seed=2))
    assert np.mean(found[:, :-1] > np.log(100.0), axis=0).max() < 0.015
    assert np.mean(found[:, -1] > 3.0 + 0.7 * np.log(100.0)) < 0.015
    assert found[:, :-1].max() <= LARGE
