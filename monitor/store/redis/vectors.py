"""Embeddings of incidents, searched in this process."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

import msgspec
import numpy as np

from monitor.link import Link
from monitor.store.redis.part import RedisPart, key
from monitor.store.vectors import Matrix, VectorIndex, from_bytes

_ROWS_IN_SEGMENT = 1_024
_PLACES = key("vector-places")

_decode_ids = msgspec.json.Decoder(list[str]).decode


@dataclass(slots=True)
class _Mirror:
    """What this process has of one list of vectors. `rows` counts replaced ones too."""

    index: VectorIndex
    epoch: bytes = b""
    rows: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RedisVectors(RedisPart):
    """Rows appended to strings of 1,024 vectors each, mirrored in the memory of whoever searches.

    A search first fetches the rows added since the one before, then is exact: one matrix-vector
    product, in a thread. The mirror takes 4 bytes a component: 100 MB for 100,000 vectors of 256.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._mirrors: dict[tuple[str, int], _Mirror] = {}

    async def put_vector(self, incident_id: str, detector: str, vector: bytes) -> None:
        """Keep an embedding; overwrites."""
        base = _base(detector, len(from_bytes(vector)))
        keys = [base, f"{base}:ids", _PLACES, f"{base}:epoch"]
        epoch = uuid.uuid4().hex
        await self._run("put_vector", keys, incident_id, vector, _ROWS_IN_SEGMENT, epoch)

    async def get_vector(self, incident_id: str) -> bytes | None:
        """The embedding last put, or None."""
        vector: bytes | None = await self._run(
            "get_vector", [_PLACES], incident_id, _ROWS_IN_SEGMENT
        )
        return vector

    async def delete_vector(self, incident_id: str) -> bool:
        """Blank an embedding; whether there was one."""
        epoch = uuid.uuid4().hex
        return bool(
            await self._run("delete_vector", [_PLACES], incident_id, _ROWS_IN_SEGMENT, epoch)
        )

    async def similar(
        self, vector: bytes, *, detector: str, limit: int, exclude: str = ""
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the nearest, best first."""
        row = from_bytes(vector)
        place = (detector, len(row))
        mirror = self._mirrors.setdefault(place, _Mirror(VectorIndex(len(row))))
        async with mirror.lock:
            await self._refresh(mirror, _base(*place), row)
            return await asyncio.to_thread(mirror.index.nearest, row, limit=limit, exclude=exclude)

    async def _refresh(self, mirror: _Mirror, base: str, like: Matrix) -> None:
        """Fetch what was added, or everything where the server was emptied in between."""
        keys = [base, f"{base}:ids", f"{base}:epoch"]
        while True:
            epoch, names, data = await self._run(
                "next_vectors", keys, mirror.rows, mirror.epoch, like.nbytes, _ROWS_IN_SEGMENT
            )
            if epoch != mirror.epoch:
                mirror.index, mirror.epoch, mirror.rows = VectorIndex(len(like)), epoch, 0
            ids = _decode_ids(names)
            if not ids:
                return
            rows = np.frombuffer(data, dtype="<f4").reshape(len(ids), len(like))
            kept = [row for row, name in enumerate(ids) if name]  # the others were deleted
            mirror.index.extend([ids[row] for row in kept], rows[kept])
            mirror.rows += len(ids)


def _base(detector: str, width: int) -> str:
    return key("vectors", detector, width)
