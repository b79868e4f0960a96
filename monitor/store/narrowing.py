"""The traits of incidents as numbers beside their vectors, by which a search is narrowed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from monitor.store.traits import Among, Traits

_BLANK, _UNKNOWN = -1, -2


class TraitTable:
    """The traits of numbered rows, each value as a small number: a search compares integers."""

    def __init__(self) -> None:
        self._numbers: tuple[dict[str, int], ...] = tuple({} for _ in Traits._fields)
        self._table: npt.NDArray[np.int32] = np.empty((len(Traits._fields), 0), np.int32)

    def reserve(self, capacity: int) -> None:
        """Make room for rows; new ones have no traits and pass no search."""
        more = max(0, capacity - self._table.shape[1])
        self._table = np.pad(self._table, ((0, 0), (0, more)), constant_values=_BLANK)

    def write(self, rows: Sequence[int], given: Sequence[Traits | None]) -> None:
        """Set the traits of rows; a row of None is blank, and no search finds it."""
        self._table[:, rows] = [
            [_BLANK if traits is None else self._number(field, traits[field]) for traits in given]
            for field in range(len(Traits._fields))
        ]

    def passing(self, among: Among) -> npt.NDArray[np.intp]:
        """The rows that are not blank and have one of the values wanted of each trait."""
        passes = self._table[0] != _BLANK
        for field, wanted in enumerate(among):
            if wanted:
                numbers = (self._numbers[field].get(value, _UNKNOWN) for value in wanted)
                passes &= np.logical_or.reduce([self._table[field] == each for each in numbers])
        return np.flatnonzero(passes)

    def _number(self, field: int, value: str) -> int:
        numbers = self._numbers[field]
        return numbers.setdefault(value, len(numbers))
