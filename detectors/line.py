"""A line through medians, so that outliers do not count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_BINS = 10
_LEAST_START = 0.05


def line_through_medians(counts: Array, times: Array) -> tuple[float, float]:
    """Fit times = a + b counts, a > 0 and b >= 0, through the medians of ten bins of counts.

    Where times do not grow with counts, a is their median and b is 0.
    """
    middle = float(np.median(times))
    order = np.array_split(np.argsort(counts, kind="stable"), min(_BINS, len(counts)))
    x = np.array([np.median(counts[part]) for part in order])
    y = np.array([np.median(times[part]) for part in order])
    if np.ptp(x) <= 0:
        return middle, 0.0
    b, a = np.polyfit(x, y, 1)
    if b <= 0:
        return middle, 0.0
    return max(float(a), _LEAST_START * middle), float(b)
