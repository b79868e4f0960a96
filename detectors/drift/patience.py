"""How long a change must last before it is believed, where traffic comes in bursts.

A burst (a topic, a user or a client that retries, for some dozens of exchanges) is no other than
the beginning of a change; only that it ends tells them apart. And each burst moves other features
than those before it, so that no scale fitted to the baseline's own bursts knows the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.scale import least_scale, reach
from detectors.drift.statistics import Lens, Statistics, WindowOf
from detectors.drift.windows import EVERY

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.frame import Frame
    from detectors.drift.scale import Scale
    from detectors.drift.statistics import Layout

    Doubles = npt.NDArray[np.float64]
    Floats = npt.NDArray[np.float32]

_PARTS = 4
_FEWEST_ROWS = 1_000
_TRIED = (15.0, 20.0, 30.0, 45.0, 65.0, 90.0, 130.0, 180.0, 215.0, 250.0)
# Of the threshold: what a part of a baseline without bursts does not reach against the rest, nor a
# side without bursts in one that has them; and what a burst of the baseline may reach, since a
# longer one will come.
_CLEARLY = 1.25
_POSSIBLY = 0.8
_SAFELY = 0.75
# Statistics that a burst moves and patience helps: in bursts it is dozens, by day and night a few.
_MANY = 10
_SOME = 3
# The next burst may be on a side on which the baseline had none.
_OF_LONGEST = 0.5


def rises(layout: Layout, patience: dict[str, float], run_length: float) -> Doubles:
    """Give by how much each score may rise in one exchange; infinite where no patience is asked for.

    What a change adds within the patience stays below the threshold. A window is full of what came
    in it for as long as it is, so a longer one has to wait longer.
    """
    statistics = layout.statistics
    lasting = np.array([patience.get(s.side, 0.0) for s in statistics])
    lasting += [s.length if isinstance(s, WindowOf) else 0.0 for s in statistics]
    room = reach(layout, run_length)
    room[: len(layout.bets)] -= [bet.most for bet in layout.bets]
    asked = np.array([s.side in patience for s in statistics])
    return np.where(asked, room / np.maximum(lasting, 1.0), np.inf)


def patience_for(frame: Frame, layout: Layout, scale: Scale, run_length: float) -> dict[str, float]:
    """Find the patience by side, in exchanges; none where the baseline is not in bursts.

    Each quarter of the baseline is watched with the others as the baseline. What passes the
    threshold there and does not with the longest patience is a burst; what no patience helps is a
    slower change, which is for the scale to allow for. Where there are bursts, each statistic gets
    the least patience of those tried with which it stays well below the threshold, and each side
    the longest of its statistics.
    """
    if len(frame.whole.channels) < _FEWEST_ROWS:
        return {}
    parts = _Parts(frame, layout)
    sides = np.array([s.side for s in layout.statistics])
    least = least_scale(layout, run_length)

    def reached(patience: float) -> Doubles:
        rise = rises(layout, dict.fromkeys(sides, patience), run_length) if patience else None
        common: Doubles = least.common(parts.largest(rise)).max(axis=0)
        return common / least.threshold

    moved = (reached(0.0) > _CLEARLY) & (reached(_TRIED[-1]) < _SAFELY)
    clear = scale.common(parts.largest(None)).max(axis=0) / least.threshold
    if moved.sum() < (_SOME if clear.max() > _CLEARLY else _MANY):
        return {}
    uneven = {
        s for s in sides if clear[sides == s].max() > _POSSIBLY or moved[sides == s].sum() >= _SOME
    }
    needed = np.full(len(sides), np.nan)
    for tried in (0.0, *_TRIED):
        within = reached(tried) < _SAFELY
        needed = np.where(np.isnan(needed) & within, tried, needed)
    return _by_side(sides, np.where(np.isin(sides, list(uneven)), needed, 0.0))


def _by_side(sides: npt.NDArray[np.str_], needed: Doubles) -> dict[str, float]:
    """Take the longest of each side; what hangs on prompts or answers waits as long as they do."""
    longest = {str(s): float(np.nanmax(needed[sides == s], initial=0.0)) for s in np.unique(sides)}
    least = _OF_LONGEST * max(longest.values())
    if not least:
        return {}
    if "pair" in longest:
        longest["pair"] = max(longest[s] for s in longest if s != "timing")
    return {side: max(patience, least) for side, patience in longest.items()}


class _Parts:
    """The quarters of a baseline as streams, each seen against the rows of the others."""

    def __init__(self, frame: Frame, layout: Layout) -> None:
        rows, block = frame.whole, frame.block
        length = len(rows.channels) // (2 * block * _PARTS) * 2 * block
        place = np.arange(len(rows.channels))
        compared = (place // block) % 2 == 1
        lenses, seen = [], []
        for start in range(0, _PARTS * length, length):
            own = (place >= start) & (place < start + length)
            lens = Lens(rows.take(np.flatnonzero(compared & ~own)), layout, block)
            lenses.append(lens)
            seen.append(lens.look(rows.take(np.flatnonzero(own))))
        self._layout, self._rows = layout, len(frame.rows.channels)
        self._models = [lens.model for lens in lenses]
        self._increments: Floats = np.stack([each[0] for each in seen])
        self._columns: Floats = np.stack([each[1] for each in seen])

    def largest(self, rise: Doubles | None) -> Doubles:
        """Give the largest raw score of each statistic in each part."""
        statistics = Statistics(self._models, self._layout, self._rows, rise)
        largest = np.zeros((_PARTS, len(self._layout.statistics)))
        length = self._increments.shape[1]
        for start in range(0, length // EVERY * EVERY, EVERY):
            here = slice(start, start + EVERY)
            scores = statistics.steps(self._increments[:, here], self._columns[:, here])
            np.maximum(largest, scores, out=largest)
        return largest
