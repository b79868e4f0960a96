"""Whether two samples of a column differ and how far, and the limit that p-values are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from monitor.reports.names import Numbers

_FALSE_REPORTS = 0.05
_FEWEST = 10


def limit(columns: int) -> float:
    """The p-value below which a column counts as moved.

    It is Bonferroni's: of reports about independent exchanges of one distribution, one in twenty
    names any column at all.
    """
    return _FALSE_REPORTS / max(1, columns)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two samples are apart, 0 to 1, and how likely as far by chance alone."""

    distance: float
    p_value: float


def numeric(reference: Numbers, window: Numbers) -> Difference:
    """Kolmogorov and Smirnov's test of two samples; NaN is left out.

    The distance is the largest difference of the two cumulative shares.
    """
    before: Sequence[float] = reference[np.isfinite(reference)].tolist()
    after: Sequence[float] = window[np.isfinite(window)].tolist()
    found = ks_2samp(before, after, method="asymp")
    return Difference(float(found.statistic), float(found.pvalue))


def nominal(reference: Sequence[str], window: Sequence[str]) -> Difference:
    """Pearson's chi-square test of homogeneity, values that are rare in both together.

    The reference is a sample too: a test against its shares as if they were known would find a
    change in every value that it happens not to hold. The distance is the share of the window that
    would have to take another value (total variation).
    """
    before, after = Counter(reference), Counter(window)
    values = sorted(before.keys() | after.keys())
    counts = np.array([[side[value] for value in values] for side in (before, after)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    rare = counts.sum(axis=0) < _FEWEST
    if rare.any():
        counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    if counts.shape[1] < 2:
        return Difference(distance, 1.0)
    return Difference(distance, float(chi2_contingency(counts, correction=False).pvalue))
