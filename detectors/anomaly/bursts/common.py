"""What all keys of one kind have in common: how often they come, how high their excursions go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from detectors.anomaly.bursts.measures import LONGEST, MEASURES
from detectors.anomaly.bursts.peaks import Peaks

State = dict[str, Any]

_DAY = 86_400.0
_WEEK = 7 * _DAY
_LEAST_RATE = 1e-5
_LONGEST = 20.0


@dataclass(slots=True)
class Common:
    """The history of all keys of a kind together, which a young key has in place of its own.

    `share` is what this kind may contribute to the false alarms of a week, by measure.
    """

    share: float
    first: float = 0.0
    seen: int = 0
    history: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0] for _ in MEASURES])
    peaks: list[Peaks] = field(default_factory=lambda: [Peaks() for _ in MEASURES])

    def see(self, at: float) -> None:
        """Count an exchange."""
        if not self.seen:
            self.first = at
        self.seen += 1

    def learn(self, measure: int, events: float, trials: float) -> None:
        """Take what was ordinary; what is long ago fades."""
        kept = self.history[measure]
        kept[0] += events
        kept[1] += trials
        if kept[1] > _LONGEST * LONGEST[measure]:
            kept[0], kept[1] = 0.5 * kept[0], 0.5 * kept[1]

    def rate(self, measure: int) -> float:
        """Events per trial."""
        events, trials = self.history[measure]
        return max(_LEAST_RATE, (events + 0.5) / (trials + 1.0))

    def limit(self, measure: int, at: float) -> float:
        """Height from which on an excursion is a burst, for the false alarms that are allowed."""
        peaks = self.peaks[measure]
        weeks = max(_DAY, at - self.first) / _WEEK
        return peaks.limit(min(0.5, self.share * weeks / max(1, peaks.count)))

    def state(self) -> State:
        """All that `of` needs."""
        return {
            "first": self.first,
            "seen": self.seen,
            "history": [list(kept) for kept in self.history],
            "peaks": [peaks.state() for peaks in self.peaks],
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self.first, self.seen = state["first"], state["seen"]
        self.history = [list(kept) for kept in state["history"]]
        self.peaks = [Peaks.of(kept) for kept in state["peaks"]]
