"""KSWIN (Raab, Heusinger and Schleif, 2020) over all columns at once.

As river's: of the last 100 values the newest 30 are compared with 30 drawn from the others, at
each exchange, by the Kolmogorov-Smirnov test. River takes some 230 us a column for it; with samples of one
size the test is a table of 31 p-values, which makes runs of this length possible at all.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import ks_2samp

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from benchmarks.drift.table import Table

    Floats = npt.NDArray[np.float32]

WINDOW, NEWEST = 100, 30


def kswin(reference: Table, stream: Table, alpha: float) -> Iterator[int]:
    """Alarm where any column's p-value is at most `alpha`; absent values are the column's mean."""
    rng = np.random.default_rng(0)
    least = least_distance(alpha)
    known = np.nan_to_num(reference.numeric[-WINDOW:])
    rows = np.concatenate([known, np.nan_to_num(stream.numeric)])
    start = 0
    for end in range(WINDOW + 1, len(rows) + 1):
        if end - start < WINDOW:
            continue
        drawn = end - WINDOW + rng.choice(WINDOW - NEWEST, NEWEST, replace=False)
        if (distances(rows[drawn], rows[end - NEWEST : end]) >= least).any():
            yield end - WINDOW - 1
            # What is newest is all that is kept, as in river.
            start = end - NEWEST


def distances(a: Floats, b: Floats) -> npt.NDArray[np.int64]:
    """Largest gaps between the empirical distributions of two samples of one size, in rows."""
    both = np.concatenate([a, b])
    order = np.argsort(both, axis=0, kind="stable")
    values = np.take_along_axis(both, order, axis=0)
    gaps = np.abs(np.cumsum(np.where(order < len(a), 1, -1), axis=0))
    # Of equal values only the last one's gap counts.
    last = np.ones(values.shape, dtype=bool)
    last[:-1] = values[1:] != values[:-1]
    largest: npt.NDArray[np.int64] = np.where(last, gaps, 0).max(axis=0)
    return largest


@cache
def least_distance(alpha: float) -> int:
    """Give the smallest gap, in rows, whose p-value is at most `alpha`."""
    below = np.arange(NEWEST, dtype=float)
    # River asks for a distance above 0.1 besides.
    for gap in range(4, NEWEST + 1):
        if ks_2samp(below, below + gap - 0.5).pvalue <= alpha:
            return gap
    return NEWEST + 1
