"""A sequential sum on its way from zero and back: the unit in which bursts are judged and learnt."""

from __future__ import annotations

from dataclasses import astuple, dataclass

RATIO = 3.0
"""How many times as often something must come for a rate's sum to grow as fast as it can."""

_MOST_OVER = 2.0


@dataclass(slots=True)
class Excursion:
    """A CUSUM (Page, 1954) and what was seen since it last was zero.

    `events` of `trials` were seen since `since`; trials are exchanges where shares are judged and
    seconds where rates are. `alarmed` says that it went over its limit, and then when it was last
    told. Its content is nobody's history until it is over.
    """

    level: float = 0.0
    peak: float = 0.0
    events: float = 0.0
    trials: float = 0.0
    since: float = 0.0
    alarmed: bool = False
    told: float = 0.0

    def rise(self, gain: float) -> None:
        """Something was seen that speaks for a burst."""
        self.level += gain
        self.peak = max(self.peak, self.level)

    def begin(self, at: float) -> None:
        """Start from zero."""
        self.level = self.peak = self.events = self.trials = self.told = 0.0
        self.since = at
        self.alarmed = False

    def alarm(self, limit: float) -> bool:
        """Whether it is over the limit; once it is, it stays near, so that it can come back."""
        if self.level <= limit:
            return False
        self.level = min(self.level, _MOST_OVER * limit)
        self.alarmed = True
        return True

    def state(self) -> list[float | bool]:
        """Its numbers."""
        return list(astuple(self))

    @classmethod
    def of(cls, state: list[float]) -> Excursion:
        """Go on from its numbers."""
        level, peak, events, trials, since, alarmed, told = state
        return cls(level, peak, events, trials, since, bool(alarmed), told)
