"""One scale for all statistics, and the threshold that keeps a promised run length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.frame import Rows
from detectors.drift.statistics import Layout, Lens, Statistics, WindowOf
from detectors.drift.windows import EVERY

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.bets import Bet
    from detectors.drift.frame import Frame

    Doubles = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_STREAMS = 48
_AT_ONCE = 16
_LENGTH = 5_000
_STRETCH = 15
_SAMPLE_EVERY = 5 * EVERY
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
    reaches in half of the clean streams.
    """

    tail: Doubles
    excess: Doubles
    threshold: float
    sides: dict[str, float]

    def common(self, scores: Doubles) -> Doubles:
        """Rescale raw scores, shape (..., statistics)."""
        above = _AT_TAIL + (scores - self.tail) / self.excess
        return np.where(scores > self.tail, above, _AT_TAIL * scores / self.tail)


def calibrate(frame: Frame, layout: Layout, run_length: float) -> Scale:
    """Run the statistics on streams resampled from the baseline, block by block.

    Half of the streams are of single blocks, half of stretches of 15 blocks, which keeps slow
    rhythms. The reference of each stream is resampled as well, so that the error of the baseline
    itself is in the threshold. The largest common score of a stream follows a Gumbel law, whose
    fit gives the threshold that is passed once in `run_length` exchanges.
    """
    rng = np.random.default_rng(20261121)
    samples, maxima = [], []
    for first in range(0, _STREAMS, _AT_ONCE):
        long = first + np.arange(_AT_ONCE) >= _STREAMS // 2
        sampled, largest = _run(frame, layout, rng, long)
        samples.append(sampled)
        maxima.append(largest)
    tail, excess = _tails(np.concatenate(samples), layout)
    scale = Scale(tail, excess, 0.0, {})
    common = scale.common(np.concatenate(maxima))
    fitted = _gumbel_threshold(common.max(axis=1), _LENGTH / run_length)
    # Theory's threshold for one martingale: the streams may only ask for more.
    threshold = max(fitted, float(np.log(run_length)))
    sides = np.array([statistic.side for statistic in layout.statistics])
    typical = {
        str(s): float(np.median(common[:, sides == s].max(axis=1))) for s in np.unique(sides)
    }
    return Scale(tail, excess, threshold, typical)


def _run(
    frame: Frame, layout: Layout, rng: np.random.Generator, long: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], Doubles]:
    """Run some streams at once: sampled raw scores, and each stream's largest of each statistic."""
    rows = frame.rows
    count = len(rows.channels)
    stretches = [_STRETCH if each else 1 for each in long]
    references = [_resample(count, frame.block, s, count, rng) for s in stretches]
    lenses = [Lens(_take(rows, places), layout, frame.block) for places in references]
    seen = [lens.look(rows) for lens in lenses]
    increments = np.stack([each[0] for each in seen])
    columns = np.stack([each[1] for each in seen])
    order = np.stack([_resample(count, frame.block, s, _LENGTH, rng) for s in stretches])
    statistics = Statistics([lens.model for lens in lenses], layout, count)
    stream = np.arange(len(lenses))[:, None]
    largest = np.zeros((len(lenses), len(layout.statistics)))
    sampled = []
    for start in range(0, _LENGTH, EVERY):
        taken = order[:, start : start + EVERY]
        scores = statistics.steps(increments[stream, taken], columns[stream, taken])
        np.maximum(largest, scores, out=largest)
        if not statistics.seen % _SAMPLE_EVERY:
            sampled.append(scores.astype(np.float32))
    return np.concatenate(sampled), largest


def _resample(
    count: int, block: int, stretch: int, length: int, rng: np.random.Generator
) -> Places:
    """Draw `length` places of rows: stretches of consecutive blocks, wrapping at the end."""
    blocks = max(1, count // block)
    stretch = min(stretch, max(1, blocks // 2))
    draws = -(-length // (block * stretch))
    starts = rng.integers(0, blocks, size=draws) * block
    places: Places = (starts[:, None] + np.arange(block * stretch)) % count
    return places.ravel()[:length]


def _take(rows: Rows, places: Places) -> Rows:
    return Rows(rows.channels[places], rows.codes[places], rows.components[places])


def _tails(samples: npt.NDArray[np.float32], layout: Layout) -> tuple[Doubles, Doubles]:
    """Give the 99.7% point of each statistic and its mean excess beyond, never below a floor."""
    tail = np.quantile(samples, 1 - _TAIL, axis=0).astype(np.float64)
    beyond = samples > tail
    excess = np.where(beyond, samples - tail, 0.0).sum(axis=0) / np.maximum(beyond.sum(axis=0), 1)
    floors = [_floor(statistic) for statistic in layout.statistics]
    least_tail, least_excess = np.array(floors).T
    return np.maximum(tail, least_tail), np.maximum(excess, least_excess)


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
