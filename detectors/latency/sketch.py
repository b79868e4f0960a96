"""A distribution of times in few numbers, that adds up across workers and windows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.base import State

ACCURACY = 0.02
"""A quantile is off by at most this share of itself."""

_LEAST, _MOST = 1e-6, 1e6
_LOG_WIDTH = math.log((1.0 + ACCURACY) / (1.0 - ACCURACY))
_MIDDLE = 2.0 / (1.0 + math.exp(-_LOG_WIDTH))


class Sketch:
    """Counts of seconds in bins of equal ratio, so that sketches are merged by adding counts.

    Times below a microsecond count as one, beyond eleven days as that; so there are at most some
    seven hundred bins. Merging in any order or grouping gives the same sketch as taking all times
    into one (Masson, Rim and Lee, "DDSketch", 2019).
    """

    __slots__ = ("_counts", "total")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.total = 0

    def add(self, seconds: float) -> None:
        """Take one time."""
        place = math.ceil(math.log(min(max(seconds, _LEAST), _MOST)) / _LOG_WIDTH)
        self._counts[place] = self._counts.get(place, 0) + 1
        self.total += 1

    def quantile(self, q: float) -> float | None:
        """Seconds that a share `q` of the times keeps within; None while there is none."""
        left = q * (self.total - 1)
        for place in sorted(self._counts):
            left -= self._counts[place]
            if left < 0:
                return math.exp((place - 1) * _LOG_WIDTH) * _MIDDLE
        return None

    @classmethod
    def merged(cls, sketches: Iterable[Sketch]) -> Sketch:
        """Add sketches up; they stay as they are."""
        whole = cls()
        for sketch in sketches:
            whole.total += sketch.total
            for place, count in sketch._counts.items():  # noqa: SLF001 - one of its own
                whole._counts[place] = whole._counts.get(place, 0) + count
        return whole

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]  # it changes

    def state(self) -> State:
        """All that `restored` needs."""
        return {"places": list(self._counts), "counts": list(self._counts.values())}

    @classmethod
    def restored(cls, state: State) -> Sketch:
        """Go on from a saved state, here or in another worker."""
        sketch = cls()
        sketch._counts = dict(zip(state["places"], state["counts"], strict=True))
        sketch.total = sum(sketch._counts.values())
        return sketch
