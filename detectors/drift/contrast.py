"""What comes now beside the baseline: a score for each exchange, the onset, the share that is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.frame import Rows, side_of
from detectors.drift.onset import Interval, began
from detectors.drift.ratio import log_ratios
from detectors.drift.share import share_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.frame import Frame
    from detectors.drift.ranks import Ranks
    from detectors.drift.recent import Remembered
    from detectors.shift import Share

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]

_REFERENCE = 800
_ROUNDS = 2
_SHORTEST = 20
_TAILS = (0.7, 0.94, 0.985)
_CONTENT = {"prompt": 0, "response": 1}


@dataclass(frozen=True, slots=True)
class Contrast:
    """Log density ratios of all that is remembered, and of some of the baseline's rows.

    `scores` are in the order of the stream; `reference` are those of the rows of the frame named
    by `places`. Above `cut` an exchange looks new rather than old.
    """

    scores: Doubles
    reference: Doubles
    places: npt.NDArray[np.int64]
    onset: Interval
    share: Share
    cut: float

    @property
    def since(self) -> Doubles:
        """Scores since the change."""
        return self.scores[self.onset.first :]


@dataclass(frozen=True, slots=True)
class View:
    """Exchanges as columns: ranks, tails and values of the features that matter, and the content.

    Those are the ones in `signs`; where it names none, or only the content, all of the sides.
    """

    frame: Frame
    ranks: Ranks
    sides: tuple[str, ...]
    signs: frozenset[str]

    def of(self, rows: Rows) -> Floats:
        """Columns of some rows."""
        frame = self.frame
        chosen = [i for i, name in enumerate(frame.channel_names) if self._matters(name)]
        u = self.ranks.u(rows.channels)[:, chosen]
        columns = [u, *(side for tail in _TAILS for side in (u > tail, u < -tail))]
        for i, (name, listed) in enumerate(frame.vocabularies.items()):
            if self._matters(name):
                columns.append(rows.codes[:, i, None] == np.arange(len(listed)))
        starts = np.cumsum([0, *frame.component_widths])
        for side, i in _CONTENT.items():
            if side in self.sides and self.signs <= {"content"}:
                columns.append(rows.components[:, starts[i] : starts[i + 1]])
        return np.hstack(columns).astype(np.float32)

    def _matters(self, name: str) -> bool:
        return side_of(name) in self.sides and (self.signs <= {"content"} or name in self.signs)


def contrast(view: View, recent: Remembered, age: int) -> Contrast:
    """Tell new from old, given about how long ago it changed.

    The ratio needs a window, and the window the onset that the ratio gives: two rounds settle it.
    """
    rows = view.frame.rows
    places = np.unique(np.linspace(0, len(rows.codes) - 1, _REFERENCE, dtype=np.int64))
    then = view.of(Rows(rows.channels[places], rows.codes[places], rows.components[places]))
    seen = view.of(recent.rows)
    guess = max(0, len(recent) - age)
    length = min(len(recent), max(age, _SHORTEST))
    for _ in range(_ROUNDS):
        start = len(recent) - length
        found = log_ratios(seen[start:], then, seen[:start])
        scores = np.concatenate([found.others, found.window])
        onset = began(scores, found.reference, guess)
        length = min(len(recent), max(_SHORTEST, len(recent) - onset.first))
    share = share_of(scores[onset.first :], found.reference)
    cut = _cut(scores[onset.first :], found.reference)
    return Contrast(scores, found.reference, places, onset, share, cut)


def _cut(now: Doubles, then: Doubles) -> float:
    """Find the score at which the two lie furthest apart (the place of Kolmogorov and Smirnov's)."""
    cuts = np.sort(then)
    below = np.searchsorted(np.sort(now), cuts, side="right") / len(now)
    apart = np.arange(1, len(cuts) + 1) / len(cuts) - below
    return float(cuts[int(np.argmax(apart))])
