"""What drift is compared with in the benchmarks is what it says it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import drift
from scipy import stats

from benchmarks.drift.rivals.kswin import NEWEST, distances, kswin, least_distance
from benchmarks.drift.rivals.streaming import adwin
from benchmarks.drift.rivals.windows import distance_windows, drifted_share, least_p, test_windows
from benchmarks.drift.table import Table

# Named as a test would be, but a rule for windows.
test_windows.__test__ = False


def table(numeric, nominal=None):
    codes = np.zeros((len(numeric), 1), dtype=np.int64) if nominal is None else nominal
    return Table(np.asarray(numeric, dtype=np.float32), codes)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_distances_are_scipys(seed, tied):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, NEWEST, 3))
    if tied:
        a, b = a.round(), b.round()
    expected = [
        stats.ks_2samp(x, y, method="asymp").statistic for x, y in zip(a.T, b.T, strict=True)
    ]
    assert distances(a, b) / NEWEST == pytest.approx(expected)


@pytest.mark.parametrize("alpha", [0.005, 1e-4, 1e-8])
def test_the_least_distance_is_where_scipys_p_value_reaches_alpha(alpha):
    below = np.arange(NEWEST, dtype=float)
    gap = least_distance(alpha)
    assert stats.ks_2samp(below, below + gap - 0.5).pvalue <= alpha
    assert stats.ks_2samp(below, below + gap - 1.5).pvalue > alpha


def test_kswin_speaks_about_when_rivers_does():
    rng = np.random.default_rng(0)
    known, stream = rng.normal(size=(100, 1)), rng.normal(size=(300, 1))
    stream[150:] += 3
    (first, *_) = kswin(table(known), table(stream), 1e-6)
    theirs = drift.KSWIN(alpha=1e-6, seed=0)
    spoken = []
    for value in [*known[:, 0], *stream[:, 0]]:
        theirs.update(float(value))
        spoken.append(theirs.drift_detected)
    assert abs(first - (spoken.index(True) - 100)) <= 10
    assert 150 < first < 190


def test_adwin_knows_the_reference_and_begins_anew_after_an_alarm():
    rng = np.random.default_rng(1)
    reference = rng.normal(size=(600, 2))
    shifted = np.column_stack([rng.normal(2, 1, size=400), rng.normal(size=400)])
    found = list(adwin(table(reference), table(shifted), 0.002))
    assert found[0] < 100
    assert len(found) > 1
    assert list(adwin(table(reference), table(rng.normal(size=(300, 2))), 1e-6)) == []


def test_windows_speak_at_their_ends():
    rng = np.random.default_rng(2)
    reference = rng.normal(size=(1200, 4))
    moved = np.concatenate([rng.normal(size=(500, 4)), rng.normal(0.5, 1, size=(750, 4))])
    assert list(distance_windows(500)(table(reference), table(moved), 0.5)) == [999]
    assert list(test_windows(250)(table(reference), table(moved), 1e-6)) == [749, 999, 1249]


def test_names_count_as_columns():
    reference = table(np.zeros((400, 1)), np.repeat([[0], [1]], 200, axis=0))
    moved = table(np.zeros((400, 1)), np.repeat([[0], [2]], 200, axis=0))
    assert drifted_share(reference, moved) == 0.5
    assert least_p(reference, moved) < 1e-50
    assert least_p(reference, reference) == 2.0
