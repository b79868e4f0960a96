"""Which hours of the week a baseline has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

HOURS = 168
_THURSDAY = 3 * 24
"""The epoch began on one; weeks are counted from Monday, in UTC."""


def hours_of_week(at: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """Count exchanges by hour of the week, Monday 00:00 UTC first; `at` in seconds since the epoch."""
    hours = (np.floor(np.asarray(at, dtype=np.float64) / 3600).astype(np.int64) + _THURSDAY) % HOURS
    return np.bincount(hours, minlength=HOURS)


def season(at: npt.NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Say in plain values how much of a week was seen, and what share of hours of the day."""
    counts = hours_of_week(at)
    by_hour = counts.reshape(7, 24)
    return {
        "days": round(float(at[-1] - at[0]) / 86_400, 2),
        "hours_of_week": int((counts > 0).sum()),
        "hours_of_day": int((by_hour.sum(axis=0) > 0).sum()),
        "days_of_week": int((by_hour.sum(axis=1) > 0).sum()),
        "by_hour_of_week": counts.tolist(),
    }
