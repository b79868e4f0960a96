"""Which keys are worth a memory of their own: those seen most often, in bounded space."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_HALF_LIFE = 86_400.0
_RENEW = 200.0


class HeavyHitters(Generic[T]):
    """Space-saving (Metwally, Agrawal and El Abbadi, 2005) over counts that halve every day.

    Holds something made by `make` for up to `capacity` keys. A new key takes the place of the one
    with the smallest count and takes over its count, so whoever makes more than 1 / capacity of
    the traffic is there, and a flood of new names does not displace those who come often.
    """

    def __init__(self, capacity: int, make: Callable[[], T]) -> None:
        self._capacity = capacity
        self._make = make
        self._kept: dict[str, T] = {}
        self._counts: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._origin = 0.0

    def see(self, key: str, at: float) -> T:
        """Count a key once and give what is held for it, made afresh if it is new."""
        weight = self._weight(at)
        kept = self._kept.get(key)
        if kept is not None:
            self._counts[key] += weight
            return kept
        floor = self._evict() if len(self._kept) >= self._capacity else 0.0
        kept = self._kept[key] = self._make()
        self._counts[key] = floor + weight
        heapq.heappush(self._heap, (floor + weight, key))
        return kept

    def items(self) -> Iterator[tuple[str, float, T]]:
        """Every key with its count and what is held for it."""
        for key, kept in self._kept.items():
            yield key, self._counts[key], kept

    @property
    def origin(self) -> float:
        """The time in which an exchange counts as one, in seconds since the epoch."""
        return self._origin

    def restore(self, origin: float, items: Iterator[tuple[str, float, T]]) -> None:
        """Go on with these."""
        self._origin = origin
        self._kept, self._counts = {}, {}
        for key, count, kept in items:
            self._kept[key], self._counts[key] = kept, count
        self._reheap()

    def _weight(self, at: float) -> float:
        """Weight of one exchange: later ones weigh more, which is as if earlier ones faded."""
        if not self._kept:
            self._origin = at
        halvings = (at - self._origin) / _HALF_LIFE
        if halvings > _RENEW:
            scale = 0.5**halvings
            self._counts = {key: count * scale for key, count in self._counts.items()}
            self._origin = at
            self._reheap()
            return 1.0
        return float(2.0**halvings)

    def _evict(self) -> float:
        """Drop the key with the smallest count. The heap is put right only as far as is looked at."""
        while True:
            told, key = self._heap[0]
            count = self._counts[key]
            if count <= told:
                heapq.heappop(self._heap)
                del self._kept[key], self._counts[key]
                return count
            heapq.heapreplace(self._heap, (count, key))

    def _reheap(self) -> None:
        self._heap = sorted((count, key) for key, count in self._counts.items())
