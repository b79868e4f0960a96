"""All statistics of drift together: bets summed up, windows compared; one or many streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.bets import Bet, Bets, Cusum, bets_of
from detectors.drift.frame import side_of
from detectors.drift.ranks import Ranks
from detectors.drift.windows import EVERY, Group, WindowModel, Windows, judged, lengths_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.base import State
    from detectors.drift.frame import Frame, Rows

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]

# Of ranks; evenly spread they have 1/3. What is nearly always the same, such as a rare yes among
# noes, is left to the bets: its mean over a short window is far from any normal law.
_LEAST_VARIANCE = 0.15


@dataclass(frozen=True, slots=True)
class WindowOf:
    """One group of columns over one window length."""

    side: str
    what: str
    length: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What is compared: which bets, which groups, over which windows."""

    bets: list[Bet]
    groups: list[Group]
    windows: list[WindowOf]
    sizes: list[int]

    @classmethod
    def of(cls, frame: Frame) -> Layout:
        """Lay out the statistics that a frame's rows are enough for."""
        rows = len(frame.rows.channels)
        groups = judged(_groups(frame), rows)
        windows = [WindowOf(g.side, g.what, w) for g in groups for w in lengths_for(rows)]
        sizes = [len(listed) for listed in frame.vocabularies.values()]
        return cls(bets_of(frame), groups, windows, sizes)

    @property
    def statistics(self) -> list[Bet | WindowOf]:
        """All of them, in the order of the scores."""
        return [*self.bets, *self.windows]


class Lens:
    """Rows seen against one reference: the bets' increments, and the columns of the windows."""

    def __init__(self, reference: Rows, layout: Layout, block: int) -> None:
        self.ranks = Ranks(reference.channels)
        u = self.ranks.u(reference.channels)
        self._bets = Bets(u, reference.codes, layout.sizes)
        self.model = WindowModel(np.hstack([u, reference.components]), layout.groups, block)

    def look(self, rows: Rows) -> tuple[Floats, Floats]:
        """Give increments, shape (rows, bets), and columns, shape (rows, width)."""
        u = self.ranks.u(rows.channels)
        return self._bets.increments(u, rows.codes), np.hstack([u, rows.components])


class Statistics:
    """The running scores of one or many streams, each against a reference of its own.

    With `rise`, one number for each statistic, no score rises by more than that in one exchange,
    and a sum of bets is held within what one exchange can add to its score: what a burst wins
    beyond that is forgotten.
    """

    def __init__(
        self, models: list[WindowModel], layout: Layout, rows: int, rise: Doubles | None = None
    ) -> None:
        self._models, self._layout, self._rows, self._rise = models, layout, rows, rise
        self._most = np.array([bet.most for bet in layout.bets])
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        self.cusum = Cusum(len(self._models), len(self._layout.bets))
        self.windows = Windows(self._models, self._layout.groups, self._rows)
        self.held = np.zeros((len(self._models), len(self._layout.statistics)))

    @property
    def seen(self) -> int:
        """Exchanges since the last reset."""
        return self.windows.seen

    def steps(self, increments: Floats, columns: Floats) -> Doubles:
        """Take EVERY exchanges of each stream; the scores after them, (streams, statistics).

        Increments have shape (streams, EVERY, bets), columns (streams, EVERY, width).
        """
        self.cusum.steps(increments, self.seen)
        self.windows.steps(columns)
        scores = np.hstack([self.cusum.value, self.windows.scores()])
        return scores if self._rise is None else self._hold(scores, self._rise)

    def _hold(self, scores: Doubles, rise: Doubles) -> Doubles:
        np.minimum(scores, self.held + EVERY * rise, out=self.held)
        sums = self.cusum.value
        np.minimum(sums, self.held[:, : sums.shape[1]] + self._most, out=sums)
        return self.held.copy()

    def state(self) -> State:
        """All that `restore` needs; about half a megabyte."""
        return {
            "value": self.cusum.value.copy(),
            "zero_at": self.cusum.zero_at.copy(),
            "ring": self.windows.ring.copy(),
            "sums": self.windows.sums.copy(),
            "seen": self.seen,
            "held": self.held.copy(),
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self.cusum.value[:] = state["value"]
        self.cusum.zero_at[:] = state["zero_at"]
        self.windows.ring[:] = state["ring"]
        self.windows.sums[:] = state["sums"]
        self.windows.seen = int(state["seen"])
        self.held[:] = state["held"]


def _groups(frame: Frame) -> list[Group]:
    """Channels by side (an answer's with those of the pair), and the components of each side."""
    joined = {"prompt": "prompt", "response": "response", "pair": "response", "timing": "timing"}
    sides = [joined[side_of(name)] for name in frame.channel_names]
    groups = [
        Group(side, "channels", np.flatnonzero(np.array(sides) == side))
        for side in ("prompt", "response")
    ]
    u = Ranks(frame.rows.channels).u(frame.rows.channels)
    varied = u.var(axis=0) >= _LEAST_VARIANCE
    groups = [Group(g.side, g.what, g.columns[varied[g.columns]]) for g in groups]
    start = len(frame.channel_names)
    for side, width in zip(("prompt", "response"), frame.component_widths, strict=True):
        groups.append(Group(side, "content", np.arange(start, start + width)))
        start += width
    return groups
