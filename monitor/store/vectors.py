"""Exact nearest-neighbour search by cosine over vectors held in memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monitor.store.base import StoreError

_START_SIZE = 256

Matrix = npt.NDArray[np.float32]


class VectorIndex:
    """Unit vectors by id in one float32 matrix, a column each; the same id overwrites its column.

    `width` is the number of components. A search is one product of vector and matrix and a partial
    sort: about 10 ms for 100,000 vectors of 256 components on one core, bound by memory bandwidth.
    """

    def __init__(self, width: int) -> None:
        self._matrix: Matrix = np.empty((width, _START_SIZE), dtype=np.float32)
        self._ids: list[str] = []
        self._columns: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def extend(self, ids: list[str], vectors: Matrix) -> None:
        """Add or overwrite, `vectors` of shape (len(ids), width); a later one wins."""
        before = len(self._ids)
        self._reserve(before + len(ids))
        columns = []
        for name in ids:
            column = self._columns.setdefault(name, len(self._ids))
            if column == len(self._ids):
                self._ids.append(name)
            columns.append(column)
        appended = len(self._ids) - before == len(ids)
        self._matrix[:, slice(before, len(self._ids)) if appended else columns] = vectors.T

    def remove(self, name: str) -> None:
        """Take an id out, if it is in; the last column takes its place."""
        column = self._columns.pop(name, None)
        if column is None:
            return
        last = self._ids.pop()
        if last != name:
            self._ids[column] = last
            self._columns[last] = column
            self._matrix[:, column] = self._matrix[:, len(self._ids)]

    def nearest(self, vector: Matrix, *, limit: int, exclude: str = "") -> list[tuple[str, float]]:
        """The `limit` ids of the largest cosine to `vector`, best first, without `exclude`."""
        cosines = vector @ self._matrix[:, : len(self._ids)]
        wanted = min(limit + 1, len(cosines))
        if wanted <= 0 or limit <= 0:
            return []
        best = np.argpartition(-cosines, wanted - 1)[:wanted]
        ranked = sorted(best, key=lambda column: (-cosines[column], self._ids[column]))
        found = [(self._ids[column], float(cosines[column])) for column in ranked]
        return [pair for pair in found if pair[0] != exclude][:limit]

    def _reserve(self, size: int) -> None:
        width, capacity = self._matrix.shape
        if size > capacity:
            grown = np.empty((width, max(size, 2 * capacity)), np.float32)
            grown[:, : len(self._ids)] = self._matrix[:, : len(self._ids)]
            self._matrix = grown


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
