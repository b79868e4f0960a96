"""Whether what is late comes at regular times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST = 6
_TOGETHER = 0.25
_OFF = 0.15
_REGULAR = 0.85
_SKIPPED = 3


def period(times: Sequence[float]) -> float | None:
    """Seconds from one to the next, where these times are regular; else None.

    Times close together are one. Regular are those whose distances are once to three times the
    usual one, most of them once; at random a handful is so about once in a thousand times.
    """
    if len(times) < _FEWEST:
        return None
    ordered = np.sort(np.asarray(times, dtype=np.float64))
    gaps = np.diff(ordered)
    apart = gaps > _TOGETHER * float(np.quantile(gaps, 0.9))
    starts = ordered[np.concatenate([[True], apart])]
    between = np.diff(starts)
    if len(between) < _FEWEST:
        return None
    usual = float(np.median(between))
    if usual <= 0.0:
        return None
    times_usual = between / usual
    whole = np.rint(times_usual)
    fits = (np.abs(times_usual - whole) < _OFF) & (whole >= 1) & (whole <= _SKIPPED)
    if fits.mean() < _REGULAR or (whole == 1).mean() <= 0.5:
        return None
    return float(np.mean(between[fits] / whole[fits]))
