"""Fixed windows, as Evidently compares them: its default test for each column, then a rule for all.

With more than 1,000 rows of reference Evidently takes the Wasserstein distance over the standard
deviation for numbers and the Jensen-Shannon distance for names, both against 0.1, and calls the
whole drifted from half of the columns on. The second rule is the usual remedy for many columns:
Kolmogorov-Smirnov and chi-square tests, any of them beyond a level shared by all (Bonferroni).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from benchmarks.drift.rivals import Watch
    from benchmarks.drift.table import Table

    Floats = npt.NDArray[np.float32]
    Judge = Callable[[Table, Table], float]

DISTANCE = 0.1
_LEAST_SPREAD = 0.001


def distance_windows(length: int) -> Watch:
    """Alarm where the share of drifted columns reaches the setting."""
    return _windows(length, lambda share, setting: share >= setting, drifted_share)


def test_windows(length: int) -> Watch:
    """Alarm where the smallest p-value, times the number of columns, is below the setting."""
    return _windows(length, lambda p, setting: p < setting, least_p)


def drifted_share(reference: Table, window: Table) -> float:
    """Give the share of columns whose distance is 0.1 or more."""
    drifted = [
        wasserstein(reference.numeric[:, i], window.numeric[:, i]) >= DISTANCE
        for i in range(reference.numeric.shape[1])
    ]
    drifted += [
        _jensen_shannon(reference.nominal[:, i], window.nominal[:, i]) >= DISTANCE
        for i in range(reference.nominal.shape[1])
    ]
    return float(np.mean(drifted))


def least_p(reference: Table, window: Table) -> float:
    """Give the smallest p-value of all columns, times their number."""
    found = [
        _kolmogorov_smirnov(reference.numeric[:, i], window.numeric[:, i])
        for i in range(reference.numeric.shape[1])
    ]
    found += [
        _chi_square(reference.nominal[:, i], window.nominal[:, i])
        for i in range(reference.nominal.shape[1])
    ]
    return min(found) * len(found)


def wasserstein(reference: Floats, window: Floats) -> float:
    """Wasserstein distance over the reference's standard deviation; 0 where nothing is there."""
    before, now = reference[~np.isnan(reference)], window[~np.isnan(window)]
    if not len(before) or not len(now):
        return 0.0
    norm = max(float(np.std(before)), _LEAST_SPREAD)
    return float(stats.wasserstein_distance(before, now)) / norm


def _windows(length: int, alarms: Callable[[float, float], bool], judge: Judge) -> Watch:
    def watch(reference: Table, stream: Table, setting: float) -> Iterator[int]:
        for end in range(length, len(stream) + 1, length):
            window = type(stream)(
                stream.numeric[end - length : end], stream.nominal[end - length : end]
            )
            if alarms(judge(reference, window), setting):
                yield end - 1

    return watch


def _shares(
    reference: npt.NDArray[np.int64], window: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    most = int(max(reference.max(), window.max())) + 1
    return np.stack([np.bincount(each, minlength=most) for each in (reference, window)])


def _jensen_shannon(reference: npt.NDArray[np.int64], window: npt.NDArray[np.int64]) -> float:
    before, now = _shares(reference, window)
    return float(jensenshannon(before, now))


def _kolmogorov_smirnov(reference: Floats, window: Floats) -> float:
    before, now = reference[~np.isnan(reference)], window[~np.isnan(window)]
    if not len(before) or not len(now):
        return 1.0
    return float(stats.ks_2samp(before, now, method="asymp").pvalue)


def _chi_square(reference: npt.NDArray[np.int64], window: npt.NDArray[np.int64]) -> float:
    counts = _shares(reference, window)
    counts = counts[:, counts.sum(axis=0) > 0]
    return float(stats.chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0
