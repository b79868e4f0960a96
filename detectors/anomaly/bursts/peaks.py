"""How high ordinary excursions go, and so from which height on one is none of them."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

LEAST_LIMIT = 8.0
"""No limit is lower, in nats, however many false alarms are allowed."""

_KEPT = 64
_SHARE = 0.1
_LEAST = 5
_REFRESH = 50


@dataclass(slots=True)
class Peaks:
    """The largest of all excursions' peaks, and how many there were.

    Were the traffic as simple as the test takes it to be, a peak would exceed h with probability
    exp(-h) at most. People come in sessions, so the tail is longer: it is taken as exponential
    beyond the largest 64 (or tenth), with its mean excess two standard errors too large.
    """

    count: int = 0
    largest: list[float] = field(default_factory=list)
    _risk: float = 0.0
    _limit: float = math.inf
    _until: int = 0

    def add(self, peak: float) -> None:
        """Take the peak of an ordinary excursion."""
        self.count += 1
        if len(self.largest) < _KEPT:
            heapq.heappush(self.largest, peak)
        elif peak > self.largest[0]:
            heapq.heapreplace(self.largest, peak)

    def limit(self, risk: float) -> float:
        """Height that an ordinary excursion exceeds with probability `risk`, as far as can be told.

        Computed anew after 2% more excursions, or where the risk asked for has doubled or halved.
        """
        if self.count >= self._until or not 0.5 < risk / (self._risk or risk) < 2.0:
            self._risk, self._limit = risk, self._computed(risk)
            self._until = self.count + max(1, self.count // _REFRESH)
        return self._limit

    def state(self) -> list[float]:
        """The count, what the limit was computed with, and the largest."""
        return [self.count, self._risk, self._limit, self._until, *self.largest]

    @classmethod
    def of(cls, state: list[float]) -> Peaks:
        """Go on from a saved state."""
        count, risk, limit, until, *largest = state
        return cls(int(count), largest, risk, limit, int(until))

    def _computed(self, risk: float) -> float:
        least = max(LEAST_LIMIT, -math.log(risk))
        beyond = min(len(self.largest), int(_SHARE * self.count))
        if beyond < _LEAST:
            return 2.0 * least
        tail = heapq.nlargest(beyond, self.largest)
        excess = (sum(tail) / beyond - tail[-1]) * (1.0 + 2.0 / math.sqrt(beyond))
        steps = math.log(beyond / self.count / risk)
        return max(least, tail[0], tail[-1] + excess * steps)
