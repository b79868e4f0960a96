"""Whose data was erased, and when."""

from __future__ import annotations

from monitor.access.erased import KEPT_FOR
from monitor.store.redis.part import RedisPart, key

_ERASURES = key("erasures")


class RedisErasures(RedisPart):
    """One hash of times by digest: there are few."""

    async def put_erasure(self, owner: str, *, at: float) -> None:
        """Remember an erasure, and forget those of long ago."""
        gone = [name for name, then in (await self.erasures()).items() if then < at - KEPT_FOR]
        if gone:
            await self._link.call("HDEL", _ERASURES, *gone)
        await self._link.call("HSET", _ERASURES, owner, repr(at))

    async def erasures(self) -> dict[str, float]:
        """When whose data was last erased."""
        found = await self._link.call("HGETALL", _ERASURES)
        return {name.decode(): float(at) for name, at in found.items()}
