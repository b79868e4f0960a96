"""How often somebody may do something: so much a second, and some at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    """What is left, as of a time."""

    left: float
    at: float


class TokenBuckets:
    """Counts in this process, by name. One small entry is kept for each name there ever was.

    `clock` gives seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str, *, rate: float, most: float) -> float:
        """Count once under a name: 0 if that may be, or else seconds until it may; then not counted.

        What is left grows by `rate` a second up to `most`, which is at least 1.
        """
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(most, now))
        bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1.0:
            return (1.0 - bucket.left) / rate
        bucket.left -= 1.0
        return 0.0
