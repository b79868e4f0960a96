"""Vectors as the signs of their components: a 32nd of the size, to find those worth comparing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_BITS = 64


class SignTable:
    """The signs of numbered rows of vectors, 64 to a word.

    In how many signs two vectors differ tells roughly the angle between them (M. Charikar,
    "Similarity estimation techniques from rounding algorithms", 2002): enough to choose some
    thousand of a hundred thousand, not to rank them.
    """

    def __init__(self, width: int) -> None:
        self._words: npt.NDArray[np.uint64] = np.empty((-(-width // _BITS), 0), np.uint64)

    def reserve(self, capacity: int) -> None:
        """Make room for rows."""
        more = max(0, capacity - self._words.shape[1])
        self._words = np.pad(self._words, ((0, 0), (0, more)))

    def write(self, rows: Sequence[int], vectors: npt.NDArray[np.float32]) -> None:
        """Set rows to the signs of vectors, one a row."""
        self._words[:, rows] = self._signs(vectors)

    def nearest(
        self, vector: npt.NDArray[np.float32], rows: npt.NDArray[np.intp], number: int
    ) -> npt.NDArray[np.intp]:
        """The `number` of the rows, in any order, whose signs differ least from a vector's."""
        asked = self._signs(vector[None, :])
        differing = np.zeros(self._words.shape[1], np.uint16)
        for words, word in zip(self._words, asked, strict=True):
            differing += np.bitwise_count(words ^ word)
        return rows[_least(differing[rows], number)]

    def _signs(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.uint64]:
        packed = np.packbits(vectors > 0, axis=1)
        whole = np.pad(packed, ((0, 0), (0, 8 * len(self._words) - packed.shape[1])))
        return whole.view(np.uint64).T


def _least(values: npt.NDArray[np.uint16], number: int) -> npt.NDArray[np.intp]:
    """Where the `number` least are. Of small integers counting is quicker than partitioning."""
    limit = np.searchsorted(np.cumsum(np.bincount(values)), number)
    below = np.flatnonzero(values < limit)
    equal = np.flatnonzero(values == limit)
    return np.concatenate([below, equal[: number - len(below)]])
