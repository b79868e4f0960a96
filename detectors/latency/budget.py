"""An objective's error budget: how fast it burns, what is left of it, what the times are."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.latency.sketch import Sketch
from detectors.latency.slices import Counted, Slices
from detectors.thresholds import binomial_tail

if TYPE_CHECKING:
    from detectors.base import Severity, State

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
PERIOD = 30 * _DAY
"""Seconds over which an objective must hold."""

_FEWEST_BAD = 10
_CHANCE = 1e-4
_SKETCHES = 6
_SKETCH = 600.0


@dataclass(frozen=True, slots=True)
class Alert:
    """Burning this many times as fast as lasts for the period, over both windows, in seconds."""

    burn: float
    long: float
    short: float
    severity: Severity


ALERTS = (
    Alert(14.4, _HOUR, 5 * _MINUTE, "critical"),
    Alert(6.0, 6 * _HOUR, 30 * _MINUTE, "critical"),
    Alert(3.0, _DAY, 2 * _HOUR, "warning"),
    Alert(1.0, 3 * _DAY, 6 * _HOUR, "warning"),
)
"""Those of Google's "The Site Reliability Workbook", 2018, chapter 5: 2, 5, 10 and 10% of the budget."""


@dataclass(frozen=True, slots=True)
class Burning:
    """An alert that holds now: both burn rates, and what is left of the budget, 1 for all of it."""

    alert: Alert
    long: float
    short: float
    seen: Counted
    left: float


class Budget:
    """Counts what keeps within an objective and what does not, over 30 days.

    `allowed` is the share that need not. An alert holds when the budget burns fast enough over its
    long window, and still over its short one; when at least ten exchanges missed, and more than
    chance explains at the allowed share; and once there has been traffic for the short window.
    """

    def __init__(self, allowed: float) -> None:
        self._allowed = allowed
        self._slices = (
            Slices(_MINUTE, 60),
            Slices(10 * _MINUTE, 36),
            Slices(2 * _HOUR, 36),
            Slices(_DAY, 30),
        )
        self._first: float | None = None
        self._sketches: deque[tuple[int, Sketch]] = deque(maxlen=_SKETCHES)

    def add(self, at: float, seconds: float, *, bad: bool) -> None:
        """Count an exchange that ended `at` this time and took so long."""
        if self._first is None or at < self._first:
            self._first = at
        for slices in self._slices:
            slices.add(at, bad=bad)
        slot = int(at // _SKETCH)
        if not self._sketches or self._sketches[-1][0] < slot:
            self._sketches.append((slot, Sketch()))
        self._sketches[-1][1].add(seconds)

    def burning(self, now: float) -> Burning | None:
        """Give the gravest alert that holds, or None."""
        return next((found for alert in ALERTS if (found := self._holds(alert, now))), None)

    def burn(self, now: float) -> float:
        """How many times as fast as lasts for the period it burnt over the last hour."""
        return self._rate(self._window(_HOUR, now))

    def left(self, now: float) -> float:
        """Share of the budget that is left, by the traffic of the last 30 days; negative if overdrawn."""
        seen = self._slices[-1].last(PERIOD, now)
        return 1.0 - self._rate(seen)

    def times(self, now: float) -> Sketch:
        """Give the distribution of the last hour's times."""
        oldest = int(now // _SKETCH) - _SKETCHES
        return Sketch.merged(sketch for slot, sketch in self._sketches if slot > oldest)

    def state(self) -> State:
        """All that `restore` needs."""
        return {
            "first": self._first,
            "slices": [slices.state() for slices in self._slices],
            "sketches": [[slot, sketch.state()] for slot, sketch in self._sketches],
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._first = state["first"]
        for slices, kept in zip(self._slices, state["slices"], strict=True):
            slices.restore(kept)
        restored = ((int(slot), Sketch.restored(kept)) for slot, kept in state["sketches"])
        self._sketches = deque(restored, maxlen=_SKETCHES)

    def _holds(self, alert: Alert, now: float) -> Burning | None:
        if self._first is None or now - self._first < alert.short:
            return None
        long = self._window(alert.long, now)
        if long.bad < _FEWEST_BAD or self._rate(long) < alert.burn:
            return None
        short = self._rate(self._window(alert.short, now))
        if short < alert.burn or binomial_tail(long.bad, long.total, self._allowed) > _CHANCE:
            return None
        return Burning(alert, self._rate(long), short, long, self.left(now))

    def _window(self, seconds: float, now: float) -> Counted:
        slices = next(s for s in self._slices if seconds <= s.span and seconds >= 3 * s.width)
        return slices.last(seconds, now)

    def _rate(self, seen: Counted) -> float:
        return seen.bad / (seen.total * self._allowed) if seen.total else 0.0
