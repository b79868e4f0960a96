"""Two views of an embedding: its principal components, and how far it is from known ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of unit vectors, scaled to unit variance.

    An absent vector (zeros) stands at the mean, so it says nothing.
    """

    mean: Matrix
    axes: Matrix

    @property
    def width(self) -> int:
        """Number of components."""
        return int(self.axes.shape[1])

    @classmethod
    def fit(cls, vectors: Matrix, width: int) -> Components:
        """Find up to `width` components of the rows of `vectors` that are not zero."""
        there = vectors[vectors.any(axis=1)]
        if len(there) < 2 * width or not width:
            empty = np.zeros((vectors.shape[1], 0), dtype=np.float32)
            return cls(np.zeros(vectors.shape[1], dtype=np.float32), empty)
        mean = there.mean(axis=0)
        _, sizes, axes = np.linalg.svd(there - mean, full_matrices=False)
        scales = sizes[:width] / np.sqrt(len(there))
        kept = scales > 1e-3 * max(float(scales[0]), 1e-6)
        return cls(mean, (axes[:width][kept] / scales[kept, None]).T.astype(np.float32))

    def of(self, vectors: Matrix) -> Matrix:
        """Project vectors, shape (rows, dimensions), to shape (rows, width)."""
        projected = ((vectors - self.mean) @ self.axes).astype(np.float32, copy=False)
        _blank(projected, vectors, 0.0)
        return projected


class Novelty:
    """How unlike a vector is to all that are known: minus the mean of its 3 largest cosines."""

    def __init__(self, known: Matrix) -> None:
        self._known = np.ascontiguousarray(known[known.any(axis=1)].T)

    def of(self, vectors: Matrix) -> Matrix:
        """Novelty of each row, -1 to 1; NaN for an absent vector or with too few known ones."""
        if self._known.shape[1] <= _NEAREST:
            return np.full(len(vectors), np.nan, dtype=np.float32)
        cosines = vectors @ self._known
        nearest = np.partition(cosines, -_NEAREST, axis=1)[:, -_NEAREST:]
        novelty: Matrix = nearest.sum(axis=1) / np.float32(-_NEAREST)
        _blank(novelty, vectors, np.nan)
        return novelty


def _blank(rows: Matrix, vectors: Matrix, value: float) -> None:
    """Set the rows of absent vectors; there seldom is one, and a look at one column shows it."""
    if vectors.shape[1] and not vectors[:, 0].all():
        rows[~vectors.any(axis=1)] = value
