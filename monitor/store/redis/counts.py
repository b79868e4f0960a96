"""Totals that add up over processes and restarts."""

from __future__ import annotations

from monitor.store.redis.part import RedisPart, key

_COUNTS = key("counts")


class RedisCounts(RedisPart):
    """One hash of names and numbers."""

    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named totals; not idempotent."""
        if counts:
            pairs = [word for pair in counts.items() for word in pair]
            await self._run("add_counts", [_COUNTS], *pairs)

    async def counts(self) -> dict[str, int]:
        """All named totals."""
        totals = await self._link.call("HGETALL", _COUNTS)
        return {name.decode(): int(total) for name, total in totals.items()}
