"""Embeddings of incidents."""

from __future__ import annotations

from monitor.store.vectors import VectorIndex, from_bytes


class MemoryVectors:
    """One index for each detector and width of vector."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[str, int], VectorIndex] = {}
        self._latest: dict[str, bytes] = {}

    async def put_vector(self, incident_id: str, detector: str, vector: bytes) -> None:
        """Keep an embedding; overwrites."""
        row = from_bytes(vector)
        index = self._indexes.setdefault((detector, len(row)), VectorIndex(len(row)))
        index.extend([incident_id], row[None, :])
        self._latest[incident_id] = vector

    async def get_vector(self, incident_id: str) -> bytes | None:
        """The embedding last put, or None."""
        return self._latest.get(incident_id)

    async def delete_vector(self, incident_id: str) -> bool:
        """Remove an embedding; whether there was one."""
        for index in self._indexes.values():
            index.remove(incident_id)
        return self._latest.pop(incident_id, None) is not None

    async def similar(
        self, vector: bytes, *, detector: str, limit: int, exclude: str = ""
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the nearest, best first."""
        row = from_bytes(vector)
        index = self._indexes.get((detector, len(row)))
        return index.nearest(row, limit=limit, exclude=exclude) if index else []
