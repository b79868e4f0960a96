"""How often each key of the API calls."""

from __future__ import annotations

from collections.abc import Callable

from monitor.access.rates import TokenBuckets


class MemoryRates:
    """Counts by name; the same clock as what expires."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._buckets = TokenBuckets(clock)

    async def take(self, name: str, *, rate: float, most: float) -> float:
        """Count once: 0 if that may be, or else seconds until it may."""
        return self._buckets.take(name, rate=rate, most=most)
