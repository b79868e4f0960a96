"""Means over sliding windows of many lengths, against what the baseline's own blocks vary by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]

EVERY = 5
"""Exchanges from one look at the statistics to the next; windows are whole numbers of them."""

_LENGTHS = (25, 50, 100, 200, 400, 800)
_RIDGE = 0.02
_EIGENVALUE_MARGIN = 1.15
_ROWS_PER_DIMENSION = 5
_FEWEST_BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that are judged together: `side` they are about, `what` they are."""

    side: str
    what: str
    columns: npt.NDArray[np.int64]


def lengths_for(rows: int) -> tuple[int, ...]:
    """List the window lengths that a reference of so many rows can judge."""
    return tuple(length for length in _LENGTHS if length <= max(rows, _LENGTHS[0]))


def judged(groups: list[Group], rows: int) -> list[Group]:
    """Keep the groups that are narrow enough for a reference of so many rows."""
    return [g for g in groups if 0 < len(g.columns) <= rows // _ROWS_PER_DIMENSION]


class WindowModel:
    """Mean of a reference, and for each group and window length the inverse covariance of T^2.

    S = C (1/w + 1/n) + D: C the covariance of single rows, D what the means of the reference's
    own blocks vary by beyond that. D makes a daily rhythm harmless and leaves the directions in
    which the baseline was steady as sharp as they were.
    """

    def __init__(self, reference: Floats, groups: list[Group], block: int) -> None:
        self.mean = reference.mean(axis=0, dtype=np.float64)
        self.precision = [
            _precisions(reference[:, g.columns].astype(np.float64), block) for g in groups
        ]


def _precisions(rows: Doubles, block: int) -> Doubles:
    """Inverse S by window length, shape (lengths, d, d)."""
    count, width = rows.shape
    covariance = np.atleast_2d(np.cov(rows, rowvar=False)) + _RIDGE * np.eye(width)
    between = _between_blocks(rows, covariance, block)
    sums = [covariance * (1 / w + 1 / count) + between for w in lengths_for(count)]
    inverse: Doubles = np.linalg.inv(np.stack(sums))
    return inverse


def _between_blocks(rows: Doubles, covariance: Doubles, block: int) -> Doubles:
    """Covariance of the block means beyond chance; only eigenvalues that chance does not reach."""
    blocks = len(rows) // block
    if blocks < _FEWEST_BLOCKS:
        return np.zeros_like(covariance)
    root = np.linalg.cholesky(covariance)
    means = rows[: blocks * block].reshape(blocks, block, -1).mean(axis=1)
    white = np.linalg.solve(root, (means - means.mean(axis=0)).T)
    values, vectors = np.linalg.eigh(white @ white.T / (blocks - 1))
    edge = _EIGENVALUE_MARGIN * (1 + np.sqrt(len(covariance) / blocks)) ** 2 / block
    extra = np.where(values > edge, values - 1 / block, 0.0)
    turned = root @ vectors
    between: Doubles = (turned * extra) @ turned.T
    return between


class Windows:
    """Running sums over the last w rows for each w, of many streams at once.

    `ring` holds the sums of EVERY rows each, as many as the longest window has.

    Scores are -log of the chance of a T^2 as large under no change; 0 until a window is full.
    """

    def __init__(self, models: list[WindowModel], groups: list[Group], rows: int) -> None:
        self._groups = groups
        self._half = np.array([len(group.columns) / 2 for group in groups])[:, None]
        self._mean = np.stack([model.mean for model in models])[:, None, :]
        self._precision = [
            np.stack([model.precision[i] for model in models]).astype(np.float32)
            for i in range(len(groups))
        ]
        self.lengths = lengths_for(rows)
        streams, width = len(models), self._mean.shape[2]
        self._lengths = np.array(self.lengths)
        self._parts = self._lengths // EVERY
        self.ring = np.zeros((streams, self._parts[-1], width), dtype=np.float32)
        self.sums = np.zeros((streams, len(self.lengths), width))
        self.seen = 0

    def steps(self, rows: Floats) -> None:
        """Take EVERY rows of each stream, shape (streams, EVERY, width); keep only their sum."""
        part, capacity = self.seen // EVERY, self._parts[-1]
        total = rows.sum(axis=1)
        self.sums += total[:, None]
        full = np.count_nonzero(self._parts <= part)
        self.sums[:, :full] -= self.ring[:, (part - self._parts[:full]) % capacity]
        self.ring[:, part % capacity] = total
        self.seen += EVERY

    def scores(self) -> Doubles:
        """Score all groups and lengths, shape (streams, groups * lengths)."""
        found = np.zeros((len(self.sums), len(self._groups), len(self._lengths)))
        full = sum(length <= self.seen for length in self.lengths)
        if full:
            # The law's tail is looked up once for all groups: a call costs more than its numbers.
            tail = gammaincc(self._half, self._halves_of_t2(full))
            found[:, :, :full] = -np.log(np.maximum(tail, 1e-300))
        return found.reshape(len(found), -1)

    def _halves_of_t2(self, full: int) -> Floats:
        gap = self.sums[:, :full] / self._lengths[:full, None] - self._mean
        gap = gap.astype(np.float32)
        found = np.zeros((len(gap), len(self._groups), full), dtype=np.float32)
        for i, (group, precision) in enumerate(zip(self._groups, self._precision, strict=True)):
            part = gap.take(group.columns, axis=2)
            pulled = np.matmul(precision[:, :full], part[..., None])[..., 0]
            found[:, i] = (pulled * part).sum(axis=2)
        found *= 0.5
        return found
