"""How often each key of the API calls, whichever process it calls."""

from __future__ import annotations

from monitor.store.redis.part import RedisPart, key


class RedisRates(RedisPart):
    """A hash for each name, on the server's clock, which goes once it says nothing any more."""

    async def take(self, name: str, *, rate: float, most: float) -> float:
        """Count once: 0 if that may be, or else seconds until it may."""
        return float(await self._run("take", [key("rate", name)], rate, most))
