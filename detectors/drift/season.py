"""Whether the baseline was like this at the same hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

_HOUR = 3_600.0
_CYCLES = (24, 168)
_AROUND = 1
_FEWEST = 20
_TIMES_SEEN = 2
_MOST_OF_CYCLE = 0.5
_ALIKE = 0.6
_CLEAR = 4.0


def is_seasonal(at: Doubles, now: Doubles, baseline_at: Doubles, then: Doubles) -> bool:
    """Say whether most of the gap is gone beside the baseline's rows of the same hours.

    `now` and `then` score how new exchanges look, `at` and `baseline_at` are their times in seconds
    since the epoch. Hours of the day are looked at where the baseline has two days, hours of the
    week where it has two weeks.
    """
    gap = float(now.mean() - then.mean())
    if gap <= 0:
        return False
    return any(_explained(at, baseline_at, then, cycle) >= _ALIKE * gap for cycle in _CYCLES)


def _explained(at: Doubles, baseline_at: Doubles, then: Doubles, cycle: int) -> float:
    """Give the gap between the baseline's rows of the same hours of a cycle and all of them."""
    if np.ptp(baseline_at) < _TIMES_SEEN * cycle * _HOUR * 0.95:
        return 0.0
    hours = {int(hour) for each in _hours(at, cycle) for hour in _near(int(each), cycle)}
    same = np.isin(_hours(baseline_at, cycle), list(hours))
    if len(hours) > _MOST_OF_CYCLE * cycle or same.sum() < _FEWEST:
        return 0.0
    apart = float(then[same].mean() - then.mean())
    return apart if apart > _CLEAR * float(then.std()) / np.sqrt(same.sum()) else 0.0


def _hours(at: Doubles, cycle: int) -> npt.NDArray[np.int64]:
    hours: npt.NDArray[np.int64] = np.floor(at / _HOUR).astype(np.int64) % cycle
    return hours


def _near(hour: int, cycle: int) -> list[int]:
    return [(hour + step) % cycle for step in range(-_AROUND, _AROUND + 1)]
