"""Numbers of several processes, side by side in shared memory and added up by whoever is asked.

Every process has a row of its own and all rows have one layout, so nobody writes what another
writes and no lock is needed. A row outlives its process: the next one in it counts on, and no total
ever goes back.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator

from monitor.errors import MonitorError

_CELL = 8
_ROW = 16_384
"""Cells of a row. Memory that is never touched is never taken, so there may be plenty."""
_LAYOUT, _ALIVE, _FREE = 0, 1, 2


class LayoutError(MonitorError):
    """The numbers of two processes do not lie in the same places."""


class Rows:
    """Memory for this many processes: for those that are forked from now on, or for this one only."""

    def __init__(self, count: int = 1) -> None:
        # One alone is private: a program that we run inside may fork for reasons of its own.
        kind = mmap.MAP_SHARED if count > 1 else mmap.MAP_PRIVATE
        memory = mmap.mmap(-1, count * _ROW * _CELL, flags=kind | mmap.MAP_ANONYMOUS)
        cells = memoryview(memory).cast("d")
        self.rows = [cells[at : at + _ROW] for at in range(0, len(cells), _ROW)]

    def close(self, index: int) -> None:
        """The process of a row has ended; what it counted stays, what it was at does not."""
        self.rows[index][_ALIVE] = 0


class Cells:
    """One process's row, given out cell by cell, and what the others have in the same cells."""

    def __init__(self, rows: Rows | None = None, index: int = 0) -> None:
        self._rows = (rows or Rows()).rows
        self._own = self._rows[index]
        self._free = _FREE
        self._layout = 0

    def take(self, name: str, size: int = 1) -> int:
        """The place of the next `size` cells. All processes must take the same in the same order."""
        at, self._free = self._free, self._free + size
        if self._free > _ROW:
            raise LayoutError(f"there are only {_ROW} cells for the metrics of a process")
        self._layout = zlib.crc32(f"{name} {size}\n".encode(), self._layout)
        return at

    def own(self, at: int, size: int = 1) -> memoryview[float]:
        """The cells of this process at a place."""
        return self._own[at : at + size]

    def total(self, at: int) -> float:
        """The sum over all processes there ever were."""
        return sum(row[at] for row in self._rows)

    def living(self, at: int) -> Iterator[float]:
        """What this process, and every other that is open, has at a place."""
        return (row[at] for row in self._rows if row is self._own or row[_ALIVE])

    def open(self) -> None:
        """Let the others count what this process is at."""
        self._own[_ALIVE] = 1

    def check(self) -> None:
        """Compare the layout with that of the others, once everything is taken.

        Raises
        ------
        LayoutError
            Another process has taken something else, or in another order.
        """
        self._own[_LAYOUT] = self._layout
        if any(row[_LAYOUT] not in {0, self._layout} for row in self._rows):
            raise LayoutError("the metrics of the gateway's processes differ in their layout")
