"""Records of the API's keys."""

from __future__ import annotations

import msgspec

from monitor.access.keys import KeyRecord
from monitor.store.redis.part import RedisPart, key

_KEYS = key("keys")

_decode = msgspec.json.Decoder(KeyRecord).decode


class RedisKeys(RedisPart):
    """One hash of JSON by id: there are few."""

    async def put_key(self, record: KeyRecord) -> None:
        """Keep a record; overwrites."""
        await self._link.call("HSET", _KEYS, record.id, msgspec.json.encode(record))

    async def get_key(self, key_id: str) -> KeyRecord | None:
        """The record, or None."""
        found = await self._link.call("HGET", _KEYS, key_id)
        return _decode(found) if found else None

    async def keys(self) -> list[KeyRecord]:
        """All of them, newest first."""
        found = map(_decode, await self._link.call("HVALS", _KEYS))
        return sorted(found, key=lambda each: (-each.created, each.id))
