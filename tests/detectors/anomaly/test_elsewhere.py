import numpy as np
import pytest

from detectors.anomaly.elsewhere import Elsewhere


def texts(centre, rows, seed):
    """Unit vectors about one of two directions."""
    drawn = 0.3 * np.random.default_rng(seed).standard_normal((rows, 16))
    drawn[:, centre] += 1.0
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def test_what_another_group_gets_scores_above_0_and_ones_own_below():
    elsewhere = Elsewhere.fit(texts(0, 200, seed=0), texts(1, 400, seed=1))
    own, other = texts(0, 200, seed=2), texts(1, 200, seed=3)
    assert np.mean([elsewhere.score(row) < 0.0 for row in own]) > 0.95
    assert np.mean([elsewhere.score(row) > 0.0 for row in other]) > 0.95


def test_rows_without_a_text_are_left_out():
    blank = np.zeros((300, 16), dtype=np.float32)
    with_blanks = np.vstack([blank, texts(1, 100, seed=1)])
    one = Elsewhere.fit(texts(0, 100, seed=0), with_blanks)
    other = Elsewhere.fit(texts(0, 100, seed=0), texts(1, 100, seed=1))
    assert one.direction == pytest.approx(other.direction)


@pytest.mark.parametrize(("own", "others"), [(59, 100), (100, 0)])
def test_too_few_of_either_tell_nothing(own, others):
    assert Elsewhere.fit(texts(0, own, seed=0), texts(1, others, seed=1)) is None
