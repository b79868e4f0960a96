"""What of a key's traffic falls into which hour of the week."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.season import HOURS

HOUR = 3600.0
_WEEK = HOUR * HOURS
_DAY = 24
_CELLS = HOURS + _DAY
_THURSDAY = 3 * _DAY
_LONGEST = 4 * _WEEK
_PRIOR = 30.0


def hour_of_week(at: float) -> int:
    """Give 0 for Monday's first hour, 167 for Sunday's last, in UTC."""
    return (int(at // HOUR) + _THURSDAY) % HOURS


@dataclass(slots=True)
class Week:
    """Events and seconds by hour of the week, over the last two to four weeks.

    Empty until it is first told of something: most keys are never seen often enough to have a
    week of their own. An hour that was not seen yet is taken to be as on other days. What is learnt
    counts from the next hour on: within the hour, the quiet stretches are over first.
    """

    events: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    total: float = 0.0
    waiting: list[float] = field(default_factory=list)

    def learn(self, since: float, until: float, events: float) -> None:
        """Take it that so many events were seen between two times, all of them at the first."""
        if self.waiting:
            first, last, seen = self.waiting
            if since == last and until // HOUR == first // HOUR:
                self.waiting = [first, until, seen + events]
                return
            self._learn(first, last, seen)
        self.waiting = [since, until, events]

    def _learn(self, since: float, until: float, events: float) -> None:
        if not self.events:
            self.events, self.seconds = [0.0] * _CELLS, [0.0] * _CELLS
        for cell in _cells(hour_of_week(since)):
            self.events[cell] += events
        for hour, seconds in _hours(since, until):
            self.total += seconds
            for cell in _cells(hour):
                self.seconds[cell] += seconds
        if self.total > _LONGEST:
            self._halve()

    def factor(self, hour: int, rate: float, prior: float) -> float:
        """How many times the mean `rate`, in events a second, is usual in this hour.

        The same hour on other days counts as much as thirty events that were expected, and so does
        `prior` beside that.
        """
        if not self.events:
            return prior
        for cell in reversed(_cells(hour)):
            prior = (self.events[cell] + _PRIOR * prior) / (self.seconds[cell] * rate + _PRIOR)
        return prior

    def state(self) -> list[float]:
        """The total, what waits, and both rows one after the other."""
        return [self.total, len(self.waiting), *self.waiting, *self.events, *self.seconds]

    @classmethod
    def of(cls, state: list[float]) -> Week:
        """Go on from a saved state."""
        total, count, *rest = state
        waiting, rows = rest[: int(count)], rest[int(count) :]
        half = len(rows) // 2
        return cls(rows[:half], rows[half:], total, waiting)

    def _halve(self) -> None:
        self.events = [0.5 * value for value in self.events]
        self.seconds = [0.5 * value for value in self.seconds]
        self.total *= 0.5


def _cells(hour: int) -> tuple[int, int]:
    """Where an hour of the week is kept: by itself, and behind those with this hour of all days."""
    return hour, HOURS + hour % _DAY


def _hours(since: float, until: float) -> list[tuple[int, float]]:
    """Cut a stretch of time into hours of the week; of one longer than a week, the last week."""
    since = max(since, until - _WEEK)
    pieces = []
    while since < until:
        end = min(until, (since // HOUR + 1.0) * HOUR)
        pieces.append((hour_of_week(since), end - since))
        since = end
    return pieces
