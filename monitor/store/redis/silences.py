"""Silences, in force and ended."""

from __future__ import annotations

import msgspec

from monitor.silences.silence import Silence
from monitor.store.redis.part import RedisPart, key

_SILENCES = key("silences")
_KEYS = [_SILENCES, key("silence-ends")]
_KEPT_FOR = 30 * 86_400.0
_KEPT = 10_000

_decode = msgspec.json.Decoder(Silence).decode


class RedisSilences(RedisPart):
    """One hash of JSON by id, and an index by when they end."""

    async def put_silence(self, silence: Silence, *, at: float) -> None:
        """Keep a silence; overwrites."""
        record = msgspec.json.encode(silence)
        bounds = (at - _KEPT_FOR, _KEPT)
        await self._run("put_timed", _KEYS, silence.id, record, silence.until, *bounds)

    async def get_silence(self, silence_id: str) -> Silence | None:
        """The silence, or None."""
        found = await self._link.call("HGET", _SILENCES, silence_id)
        return _decode(found) if found else None

    async def silences(self, *, ending_after: float, limit: int) -> list[Silence]:
        """Silences that end after a time, the last to end first."""
        bounds = (f"({ending_after}", "+inf", max(0, limit))
        return [_decode(record) for record in await self._run("list_timed", _KEYS, *bounds)]
