"""One scale for all statistics, and the threshold that keeps a promised run length."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.statistics import Layout, WindowOf

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.bets import Bet
    from detectors.drift.resampled import Streams

    Doubles = npt.NDArray[np.float64]

_TAIL = 0.003
_AT_TAIL = -float(np.log(_TAIL))
# Rare events hardly move their bets in streams resampled from the few that the baseline had. A
# bet's own theory gives -log(0.003) = 5.8 here; believing the streams alone gave false alarms.
_LEAST_TAIL_OF_BET = 4.5
_LEAST_TAIL_OF_WINDOW = 2.5
_EULER = 0.5772156649


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns raw scores into common ones: the same score is equally rare in every statistic.

    A common score of 5.8 is what 0.3% of clean moments reach; each unit beyond is e times rarer.
    `threshold` is for the largest common score; `sides` holds what the largest of each side
    reaches in half of the clean streams. `patience` says for the sides on which the baseline comes
    in bursts for how many exchanges a change has to last before it can raise an alarm.
    """

    tail: Doubles
    excess: Doubles
    threshold: float
    sides: dict[str, float]
    patience: dict[str, float] = field(default_factory=dict)

    def common(self, scores: Doubles) -> Doubles:
        """Rescale raw scores, shape (..., statistics)."""
        above = _AT_TAIL + (scores - self.tail) / self.excess
        return np.where(scores > self.tail, above, _AT_TAIL * scores / self.tail)


def least_scale(layout: Layout, run_length: float) -> Scale:
    """Give the scale and threshold that theory asks for, whatever the streams show."""
    tail, excess = _floors(layout)
    return Scale(tail, excess, float(np.log(run_length)), {})


def reach(layout: Layout, run_length: float) -> Doubles:
    """Give the raw score at which each statistic passes the threshold on the least scale."""
    least = least_scale(layout, run_length)
    return least.tail + least.excess * (least.threshold - _AT_TAIL)


def scale_of(
    streams: Streams, layout: Layout, run_length: float, patience: dict[str, float]
) -> Scale:
    """Fit the scale to streams without a change.

    The largest common score of a stream follows a Gumbel law, whose fit gives the threshold that
    is passed once in `run_length` exchanges. Theory's threshold for one martingale is the least:
    the streams may only ask for more.
    """
    tail, excess = _tails(streams.samples, layout)
    common = Scale(tail, excess, 0.0, {}).common(streams.maxima)
    fitted = _gumbel_threshold(common.max(axis=1), streams.length / run_length)
    threshold = max(fitted, float(np.log(run_length)))
    sides = np.array([statistic.side for statistic in layout.statistics])
    typical = {
        str(s): float(np.median(common[:, sides == s].max(axis=1))) for s in np.unique(sides)
    }
    return Scale(tail, excess, threshold, typical, patience)


def _tails(samples: npt.NDArray[np.float32], layout: Layout) -> tuple[Doubles, Doubles]:
    """Give the 99.7% point of each statistic and its mean excess beyond, never below a floor."""
    tail = np.quantile(samples, 1 - _TAIL, axis=0).astype(np.float64)
    beyond = samples > tail
    excess = np.where(beyond, samples - tail, 0.0).sum(axis=0) / np.maximum(beyond.sum(axis=0), 1)
    least_tail, least_excess = _floors(layout)
    return np.maximum(tail, least_tail), np.maximum(excess, least_excess)


def _floors(layout: Layout) -> tuple[Doubles, Doubles]:
    least = np.array([_floor(statistic) for statistic in layout.statistics], dtype=np.float64)
    return least[:, 0], least[:, 1]


def _floor(statistic: Bet | WindowOf) -> tuple[float, float]:
    """Give the least tail and mean excess: no tail is believed to fall faster than theory allows."""
    if isinstance(statistic, WindowOf):
        # T^2 on 25 rows of shares and counts is far from its limit law.
        return _LEAST_TAIL_OF_WINDOW, 1.5 if statistic.length <= 25 else 1.1
    return _LEAST_TAIL_OF_BET, 1.0


def _gumbel_threshold(maxima: Doubles, chance: float) -> float:
    """Give what the largest of a stream passes with this chance, by a Gumbel fit to `maxima`."""
    scale = float(maxima.std(ddof=1)) * np.sqrt(6) / np.pi
    place = float(maxima.mean()) - _EULER * scale
    return float(place - scale * np.log(-np.log1p(-min(chance, 0.5))))
