"""Nearest neighbours by cosine among vectors held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from monitor.store.base import StoreError
from monitor.store.narrowing import TraitTable
from monitor.store.signs import SignTable
from monitor.store.traits import ALL, UNTOLD, Among, Traits

EXACT_UP_TO = 4_096
"""Among so many every vector is compared; among more, those whose signs are nearest."""

COMPARED = 2_000
"""How many of these are compared: 998 or more of 1,000 of the ten nearest are among them."""

_START_SIZE = 256

Matrix = npt.NDArray[np.float32]


class Named(NamedTuple):
    """Whose vector a row is."""

    name: str
    traits: Traits = UNTOLD


class VectorIndex:
    """Unit vectors of `width` components in numbered rows, each with a name and traits.

    A search narrowed to traits looks through all that have them, so it misses none behind others.
    It is exact among up to `EXACT_UP_TO`. Beyond, the `COMPARED` nearest by sign are compared,
    at about 1 ms for 100,000 of 256 components where all would take 3 to 12, bound by memory:
    `benchmarks/results/vectors-*.md` compares this with graph indexes.
    """

    def __init__(self, width: int) -> None:
        self._matrix: Matrix = np.empty((0, width), dtype=np.float32)
        self._signs = SignTable(width)
        self._traits = TraitTable()
        self._names: list[str] = []

    def write(self, rows: Sequence[int], owners: Sequence[Named | None], vectors: Matrix) -> None:
        """Set rows to vectors, one a row of it; a row without an owner is found no more.

        Rows need not follow one another, but no row may be left out for ever: each takes its room.
        """
        self._reserve(max(rows, default=-1) + 1)
        self._matrix[rows] = vectors
        self._signs.write(rows, vectors)
        self._traits.write(rows, [owner and owner.traits for owner in owners])
        for row, owner in zip(rows, owners, strict=True):
            self._names[row] = owner.name if owner else ""

    def nearest(
        self, vector: Matrix, *, limit: int, exclude: str = "", among: Among = ALL
    ) -> list[tuple[str, float]]:
        """The `limit` names of the largest cosine to `vector`, best first, without `exclude`."""
        rows = self._traits.passing(among)
        if len(rows) > EXACT_UP_TO:
            rows = self._signs.nearest(vector, rows, COMPARED)
        cosines = self._matrix[rows] @ vector
        wanted = min(limit + 1, len(rows))
        if wanted <= 0 or limit <= 0:
            return []
        best = np.argpartition(-cosines, wanted - 1)[:wanted]
        found = [(self._names[rows[place]], float(cosines[place])) for place in best]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return [pair for pair in found if pair[0] != exclude][:limit]

    def _reserve(self, size: int) -> None:
        capacity = len(self._matrix)
        if size > capacity:
            capacity = max(size, 2 * capacity, _START_SIZE)
            grown = np.zeros((capacity, self._matrix.shape[1]), np.float32)
            grown[: len(self._matrix)] = self._matrix
            self._matrix = grown
            self._signs.reserve(capacity)
            self._traits.reserve(capacity)
            self._names += [""] * (capacity - len(self._names))


def from_bytes(vector: bytes) -> Matrix:
    """Little-endian float32 as an array; it shares the memory of `vector`.

    Raises
    ------
    StoreError
        There is no whole number of components, or none at all.
    """
    if not vector or len(vector) % 4:
        raise StoreError(f"{len(vector)} bytes are not a vector of float32")
    return np.frombuffer(vector, dtype="<f4").astype(np.float32, copy=False)
