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
_SHORTEST = 10
_TAIL = 0.94
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


def contrast(
    frame: Frame, ranks: Ranks, recent: Remembered, sides: tuple[str, ...], age: int
) -> Contrast:
    """Tell new from old by the channels of some sides, given about how long ago it changed.

    The ratio needs a window, and the window the onset that the ratio gives: two rounds settle it.
    """
    places = np.linspace(0, len(frame.rows.codes) - 1, _REFERENCE, dtype=np.int64)
    places = np.unique(places)
    rows = frame.rows
    known = Rows(rows.channels[places], rows.codes[places], rows.components[places])
    then = _features(frame, ranks, sides, known)
    seen = _features(frame, ranks, sides, recent.rows)
    length = min(len(recent), max(age, _SHORTEST))
    for _ in range(_ROUNDS):
        start = len(recent) - length
        found = log_ratios(seen[start:], then, seen[:start])
        scores = np.concatenate([found.others, found.window])
        onset = began(scores)
        length = max(_SHORTEST, len(recent) - onset.first)
    if scores[onset.first :].sum() <= 0:
        onset = Interval(start, 0, len(recent) - 1)
    share = share_of(scores[onset.first :], found.reference)
    cut = _cut(scores[onset.first :], found.reference)
    return Contrast(scores, found.reference, places, onset, share, cut)


def _features(frame: Frame, ranks: Ranks, sides: tuple[str, ...], rows: Rows) -> Floats:
    """Ranks, tails, values and content of these sides as columns."""
    chosen = [i for i, name in enumerate(frame.channel_names) if side_of(name) in sides]
    u = ranks.u(rows.channels)[:, chosen]
    columns = [u, u > _TAIL, u < -_TAIL]
    for i, (name, listed) in enumerate(frame.vocabularies.items()):
        if side_of(name) in sides:
            columns.append(rows.codes[:, i, None] == np.arange(len(listed)))
    starts = np.cumsum([0, *frame.component_widths])
    for side, i in _CONTENT.items():
        if side in sides:
            columns.append(rows.components[:, starts[i] : starts[i + 1]])
    return np.hstack(columns).astype(np.float32)


def _cut(now: Doubles, then: Doubles) -> float:
    """Find the score at which the two lie furthest apart (the place of Kolmogorov and Smirnov's)."""
    cuts = np.sort(then)
    below = np.searchsorted(np.sort(now), cuts, side="right") / len(now)
    apart = np.arange(1, len(cuts) + 1) / len(cuts) - below
    return float(cuts[int(np.argmax(apart))])
