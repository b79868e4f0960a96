"""How far out a value lies: one-sided surprise, -log P(a value as large), column by column."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SURPRISING = 1.0
"""A smaller surprise, in nats, counts as none."""

LARGEST = 25.0
"""Surprise is never more than this, in nats."""

_START, _BEYOND_START, _LATEST_START = 0.04, 12, 0.2
_KNOTS = 24
_LARGEST_SHAPE = 0.5
_LEAST_VALUES = 30
_LEAST_BEYOND = 3
_STRAIGHT = 1e-6
_CAPPED = 2.0
_LEAST_SCALE = 0.02
# Far beyond any surprise's cap; more would only overflow.
_FARTHEST = 1e100


Surprises = list[tuple[int, float]]
"""Of one row: the columns that surprise, and by how many nats, in order."""


class Tail(NamedTuple):
    """One column's knots and law in plain numbers: quicker than arrays for one value.

    Below `gate` no value surprises by 1 nat.
    """

    knots: list[float]
    surprises: list[float]
    start: float
    scale: float
    shape: float
    cap: float
    gate: float

    def surprise(self, value: float) -> float:
        """Surprise of a value that is there, in nats."""
        inside = self.surprises[bisect_right(self.knots, value)]
        if value <= self.start:
            return inside
        excess = min(value - self.start, _FARTHEST) / self.scale
        return min(inside + min(math.log1p(self.shape * excess) / self.shape, self.cap), LARGEST)


@dataclass(frozen=True, slots=True, eq=False)
class Tails:
    """Upper tails of several columns, fitted to ordinary rows.

    Inside, the surprise is that of the empirical distribution, rounded down to the next of 24
    knots. Beyond the 96% quantile, or a lower one with twelve rows beyond it, a generalised Pareto
    law goes on (peaks over threshold; Pickands, 1975), by moments, its shape at most 0.5 and at
    least 1 / k with k rows beyond: that is the predictive law of an exponential tail known by k
    rows alone. Where fewer than three lie beyond, nothing is known of the tail's width and it adds
    at most 2 nats. A column with fewer than 30 values never surprises. `laws` holds the start, scale,
    shape and cap of each column beyond its last knot.
    """

    knots: Array
    surprises: Array
    laws: Array
    gates: Array
    columns: list[Tail]

    @classmethod
    def fit(cls, values: Array) -> Tails:
        """Fit to `values` of shape (rows, columns), NaN where a value is absent."""
        columns = [_fit_column(column[~np.isnan(column)]) for column in values.T]
        knots, surprises, rest = zip(*columns, strict=True)
        laws = np.array(rest, dtype=np.float64).T
        steps = np.stack(surprises)
        # Nothing below the first knot that surprises by so much does; without one, the law beyond
        # the last knot may, for what is larger than that. Many columns are nearly always the same.
        with_start = np.column_stack([np.nextafter(laws[0], np.inf), np.stack(knots)])
        gates = with_start[np.arange(len(steps)), np.argmax(steps >= SURPRISING, axis=1)]
        gates[(steps.max(axis=1) <= 0.0) & (laws[3] <= 0.0)] = np.inf  # too few values to say
        rows = zip(
            np.stack(knots).tolist(), steps.tolist(), *laws.tolist(), gates.tolist(), strict=True
        )
        return cls(np.stack(knots), steps, laws, gates, list(starmap(Tail, rows)))

    def surprise(self, values: Array) -> Array:
        """Surprise of values of shape (rows, columns), in nats; 0 where absent."""
        known = ~np.isnan(values)
        filled = np.where(known, values, -np.inf)
        passed = np.count_nonzero(filled[:, :, None] >= self.knots, axis=2)
        inside = self.surprises[np.arange(values.shape[1]), passed]
        start, scale, shape, cap = self.laws
        excess = np.clip(filled - start, 0.0, _FARTHEST) / scale
        beyond = np.log1p(shape * excess) / shape
        total: Array = np.minimum(inside + np.minimum(beyond, cap), LARGEST)
        return total

    def surprise_of_one(self, values: Array) -> Surprises:
        """Which of one row's values surprise by 1 nat or more, and by how much.

        Most values do not, and most of the work is for those that do.
        """
        places = (values >= self.gates).nonzero()[0].tolist()
        seen = values.tolist()
        found = [(place, self.columns[place].surprise(seen[place])) for place in places]
        return [each for each in found if each[1] >= SURPRISING]

    def surprise_of_few(self, values: list[float]) -> Surprises:
        """Do as `surprise_of_one` does, for so few columns that arrays take longer."""
        passed = [
            (i, v)
            for i, (v, tail) in enumerate(zip(values, self.columns, strict=True))
            if v >= tail.gate
        ]
        found = [(i, self.columns[i].surprise(value)) for i, value in passed]
        return [each for each in found if each[1] >= SURPRISING]


def _fit_column(values: Array) -> tuple[Array, Array, tuple[float, float, float, float]]:
    if len(values) < _LEAST_VALUES:
        return np.full(_KNOTS, np.inf), np.zeros(_KNOTS + 1), (0.0, 1.0, _STRAIGHT, 0.0)
    ordered = np.sort(values)
    start_share = max(_START, min(_LATEST_START, _BEYOND_START / len(ordered)))
    levels = 1.0 - np.geomspace(1.0, start_share, _KNOTS)
    knots = np.quantile(ordered, levels, method="higher")
    at_least = len(ordered) - np.searchsorted(ordered, knots, side="left")
    surprises = -np.log((at_least + 1.0) / (len(ordered) + 1.0))
    start = float(knots[-1])
    excess = ordered[ordered > start] - start
    rarest = -np.log((len(excess) + 1.0) / (len(ordered) + 1.0))
    least = _LEAST_SCALE * float(ordered.std())
    law = _beyond(start, excess, rarest - surprises[-1], least)
    return knots, np.append(0.0, surprises), law


def _beyond(
    start: float, excess: Array, step: float, least: float
) -> tuple[float, float, float, float]:
    """Start, scale, shape and cap of the law beyond the last knot.

    `step` is the surprise, over the last knot's, of lying beyond it at all: large where the last
    knot is a value that many rows share. `least` is the smallest scale: where many rows are nearly
    alike, the difference of two fits must not look like a hundred of their widths.
    """
    if len(excess) < _LEAST_BEYOND:
        return start, 1e-6, _STRAIGHT, step + _CAPPED
    mean, variance = float(excess.mean()), float(excess.var())
    ratio = mean * mean / variance if variance > 0 else 1.0
    shape = min(_LARGEST_SHAPE, max(1.0 / len(excess), 0.5 * (1.0 - ratio)))
    return start, max(mean * (1.0 - shape), least, 1e-9), shape, LARGEST
