"""One report for one change: what is under way is not reported again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.base import State
    from detectors.drift.finding import Finding


class Episodes:
    """Decides which alarms are news.

    After an alarm the statistics start afresh, so a change that lasts raises the alarm again and
    again; those further alarms keep its episode open. An episode ends when no alarm has come for
    `quiet` exchanges, or for three times as long as the change took to be seen. While prompts are
    off the baseline, answers and times that are off with them are no news.
    """

    def __init__(self, quiet: int, repeat_seconds: float) -> None:
        self._quiet, self._repeat = quiet, repeat_seconds
        self._open: dict[str, tuple[int, int, float]] = {}

    def is_news(self, finding: Finding, *, now: int, at: float) -> bool:
        """Say whether to report an alarm raised at exchange number `now`, `at` seconds."""
        self.ended(now)
        kind = "input" if "input" in self._open else finding.kind
        quiet = max(self._quiet, 3 * finding.age)
        known = self._open.get(kind)
        raised = at if known is None or at - known[2] >= self._repeat else known[2]
        self._open[kind] = (now, max(quiet, known[1] if known else 0), raised)
        return known is None or raised != known[2]

    def ended(self, now: int) -> dict[str, int]:
        """Close the episodes that are over at exchange number `now`: how long each was quiet, by kind."""
        over = {kind: e[1] for kind, e in self._open.items() if now - e[0] > e[1]}
        for kind in over:
            del self._open[kind]
        return over

    def state(self) -> State:
        """All that `restore` needs."""
        return {kind: list(episode) for kind, episode in self._open.items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._open = {kind: (int(n), int(q), float(at)) for kind, (n, q, at) in state.items()}
