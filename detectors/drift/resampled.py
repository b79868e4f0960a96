"""Streams without a change, resampled from a baseline, and what the statistics make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.drift.statistics import Lens, Statistics
from detectors.drift.windows import EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from detectors.drift.frame import Frame, Rows
    from detectors.drift.statistics import Layout

    Doubles = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_STREAMS = 48
_AT_ONCE = 16
_LENGTH = 5_000
_STRETCH = 15
_SHORTER_STRETCH = 6
_SAMPLE_EVERY = 5 * EVERY


@dataclass(frozen=True, slots=True)
class Streams:
    """Raw scores of streams of `length` exchanges: of some moments, and the largest of each."""

    samples: npt.NDArray[np.float32]
    maxima: Doubles
    length: int = _LENGTH


def streams(frame: Frame, layout: Layout) -> Streams:
    """Run the statistics on streams resampled from the baseline, block by block.

    Half of the streams are of single blocks, half of stretches of 15 blocks, which keeps slow
    rhythms. The reference of each stream is resampled as well, so that the error of the baseline
    itself is in the scores.
    """
    return _streams(frame.rows, frame, layout, (1, _STRETCH), None)


def streams_in_order(frame: Frame, layout: Layout, rise: Doubles) -> Streams:
    """Do so with stretches of the whole baseline, whose bursts are not cut by its halves."""
    return _streams(frame.whole, frame, layout, (_SHORTER_STRETCH, _STRETCH), rise)


def _streams(
    rows: Rows,
    frame: Frame,
    layout: Layout,
    stretches: tuple[int, int],
    rise: Doubles | None,
) -> Streams:
    rng = np.random.default_rng(20261121)
    samples, maxima = [], []
    for first in range(0, _STREAMS, _AT_ONCE):
        each = [stretches[i >= _STREAMS // 2] for i in range(first, first + _AT_ONCE)]
        sampled, largest = _run(rows, frame, layout, each, rise, rng=rng)
        samples.append(sampled)
        maxima.append(largest)
    return Streams(np.concatenate(samples), np.concatenate(maxima))


def _run(
    rows: Rows,
    frame: Frame,
    layout: Layout,
    stretches: Sequence[int],
    rise: Doubles | None,
    *,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float32], Doubles]:
    """Run some streams at once: sampled raw scores, and each stream's largest of each statistic."""
    count, compared = len(rows.channels), len(frame.rows.channels)
    references = [_resample(count, frame.block, s, compared, rng) for s in stretches]
    lenses = [Lens(rows.take(places), layout, frame.block) for places in references]
    seen = [lens.look(rows) for lens in lenses]
    increments = np.stack([each[0] for each in seen])
    columns = np.stack([each[1] for each in seen])
    order = np.stack([_resample(count, frame.block, s, _LENGTH, rng) for s in stretches])
    statistics = Statistics([lens.model for lens in lenses], layout, compared, rise)
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
