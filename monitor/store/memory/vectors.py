"""Embeddings of incidents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from monitor.store.traits import ALL, UNTOLD, Among, Traits
from monitor.store.vectors import Named, VectorIndex, from_bytes


@dataclass(slots=True)
class _Shelf:
    """The vectors of one detector and width, and which of its rows are free."""

    index: VectorIndex
    rows: int = 0
    free: list[int] = field(default_factory=list)

    def take(self) -> int:
        if self.free:
            return self.free.pop()
        self.rows += 1
        return self.rows - 1


class MemoryVectors:
    """One index for each detector and width of vector."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[str, int], _Shelf] = {}
        self._rows: dict[str, tuple[_Shelf, int]] = {}
        self._latest: dict[str, bytes] = {}

    async def put_vector(
        self, incident_id: str, detector: str, vector: bytes, traits: Traits = UNTOLD
    ) -> None:
        """Keep an embedding; overwrites."""
        row = from_bytes(vector)
        await self.delete_vector(incident_id)
        shelf = self._shelves.setdefault((detector, len(row)), _Shelf(VectorIndex(len(row))))
        number = shelf.take()
        shelf.index.write([number], [Named(incident_id, traits)], row[None, :])
        self._rows[incident_id] = (shelf, number)
        self._latest[incident_id] = vector

    async def get_vector(self, incident_id: str) -> bytes | None:
        """The embedding last put, or None."""
        return self._latest.get(incident_id)

    async def delete_vector(self, incident_id: str) -> bool:
        """Blank an embedding; whether there was one."""
        if incident_id not in self._rows:
            return False
        shelf, number = self._rows.pop(incident_id)
        blank = np.zeros_like(from_bytes(self._latest.pop(incident_id)))
        shelf.index.write([number], [None], blank[None, :])
        shelf.free.append(number)
        return True

    async def similar(
        self,
        vector: bytes,
        *,
        detector: str,
        limit: int,
        exclude: str = "",
        among: Among = ALL,
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the nearest, best first."""
        row = from_bytes(vector)
        shelf = self._shelves.get((detector, len(row)))
        if shelf is None:
            return []
        return shelf.index.nearest(row, limit=limit, exclude=exclude, among=among)
