"""Named baselines, and which one is active for a model."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from monitor.store.base import BaselineRecord, ConflictError, StoreError
from monitor.store.redis.part import RedisPart, key

_NAMES = key("baselines")
_ACTIVE = key("baselines", "active")

_decode = msgspec.json.Decoder(BaselineRecord).decode


class RedisBaselines(RedisPart):
    """A hash of record and data for each name."""

    async def put_baseline(self, record: BaselineRecord, data: bytes) -> None:
        """Keep a baseline; the same data again changes nothing."""
        text = msgspec.json.encode(replace(record, active=False))
        keys = [_baseline(record.name), _NAMES]
        if await self._run("put_baseline", keys, record.name, record.created, text, data) < 0:
            raise ConflictError(f"a baseline named {record.name!r} exists; choose another name")

    async def get_baseline(self, name: str) -> tuple[BaselineRecord, bytes] | None:
        """The baseline, or None."""
        record, data = await self._link.call("HMGET", _baseline(name), "record", "data")
        if record is None:
            return None
        return replace(_decode(record), active=name in await self._active()), data

    async def baselines(self) -> list[BaselineRecord]:
        """All of them, newest first."""
        active = await self._active()
        names = await self._link.call("ZREVRANGE", _NAMES, 0, -1)
        texts = [
            await self._link.call("HGET", _baseline(name.decode()), "record") for name in names
        ]
        records = (_decode(text) for text in texts if text)
        marked = (replace(record, active=record.name in active) for record in records)
        return sorted(marked, key=lambda record: (-record.created, record.name))

    async def promote_baseline(self, name: str, *, model: str) -> None:
        """Make it the active one for a model."""
        if not await self._run("promote_baseline", [_baseline(name), _ACTIVE], name, model):
            raise StoreError(f"there is no baseline named {name!r}")

    async def active_baseline(self, model: str) -> str | None:
        """Name of the one active for the model, or the general one, or None."""
        own, general = await self._link.call("HMGET", _ACTIVE, model, "")
        name = own or general
        return name.decode() if name else None

    async def _active(self) -> set[str]:
        return {name.decode() for name in await self._link.call("HVALS", _ACTIVE)}


def _baseline(name: str) -> str:
    return key("baseline", name)
