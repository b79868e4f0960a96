"""Embeddings of incidents, searched in this process."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

import msgspec
import numpy as np

from monitor.link import Link
from monitor.store.redis.part import RedisPart, key
from monitor.store.traits import ALL, UNTOLD, Among, Traits
from monitor.store.vectors import Matrix, Named, VectorIndex, from_bytes

_ROWS_IN_SEGMENT = 1_000
_MOST_CHANGES = 10_000
_ROWS = key("vector-rows")
_PLACES = key("vectors", "")

_decode_numbers = msgspec.json.Decoder(list[int]).decode
_decode_owners = msgspec.json.Decoder(list[Named | None]).decode


@dataclass(slots=True)
class _Mirror:
    """What this process has of one table of vectors: how many rows, how many changes to them."""

    index: VectorIndex
    epoch: bytes = b""
    rows: int = 0
    changes: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RedisVectors(RedisPart):
    """Tables of vectors by detector and width, mirrored in the memory of whoever searches.

    A row is changed where it stands, and a list tells which were. A search first fetches the rows
    that are new or changed since the one before. Every ten thousand changes the list begins anew,
    and each mirror with it. A mirror takes 1.1 kB a vector of 256: 110 MB for 100,000.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._mirrors: dict[tuple[str, int], _Mirror] = {}

    async def put_vector(
        self, incident_id: str, detector: str, vector: bytes, traits: Traits = UNTOLD
    ) -> None:
        """Keep an embedding; overwrites."""
        place = f"{detector}:{len(from_bytes(vector))}"
        keys = [*_keys(place, "", ":rows", ":free", ":changes", ":epoch"), _ROWS]
        owner = msgspec.json.encode(Named(incident_id, traits))
        words = (incident_id, owner, vector, _ROWS_IN_SEGMENT, place, _MOST_CHANGES, _epoch())
        while not await self._run("put_vector", keys, *words):
            await self.delete_vector(incident_id)

    async def get_vector(self, incident_id: str) -> bytes | None:
        """The embedding last put, or None."""
        words = (incident_id, _ROWS_IN_SEGMENT, _PLACES)
        vector: bytes | None = await self._run("get_vector", [_ROWS], *words)
        return vector

    async def delete_vector(self, incident_id: str) -> bool:
        """Blank an embedding; whether there was one."""
        words = (incident_id, _ROWS_IN_SEGMENT, _PLACES, _MOST_CHANGES, _epoch())
        return bool(await self._run("delete_vector", [_ROWS], *words))

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
        place = (detector, len(row))
        mirror = self._mirrors.setdefault(place, _Mirror(VectorIndex(len(row))))
        async with mirror.lock:
            await self._refresh(mirror, f"{detector}:{len(row)}", row)
            return await asyncio.to_thread(
                mirror.index.nearest, row, limit=limit, exclude=exclude, among=among
            )

    async def _refresh(self, mirror: _Mirror, place: str, like: Matrix) -> None:
        """Fetch what is new or changed, or everything where the changes began anew."""
        keys = _keys(place, "", ":rows", ":changes", ":epoch")
        while True:
            words = (mirror.rows, mirror.changes, mirror.epoch, like.nbytes, _ROWS_IN_SEGMENT)
            epoch, seen, numbers, owners, data = await self._run("next_vectors", keys, *words)
            if epoch != mirror.epoch:
                mirror.index, mirror.epoch, mirror.rows = VectorIndex(len(like)), epoch, 0
            mirror.changes = seen
            rows = _decode_numbers(numbers)
            if not rows:
                return
            vectors = np.frombuffer(data, dtype="<f4").reshape(len(rows), len(like))
            mirror.index.write(rows, _decode_owners(owners), vectors)
            mirror.rows = max(mirror.rows, rows[-1] + 1)


def _keys(place: str, *ends: str) -> list[str]:
    return [f"{_PLACES}{place}{end}" for end in ends]


def _epoch() -> str:
    """What tells one beginning of a table from another."""
    return uuid.uuid4().hex
