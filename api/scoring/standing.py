"""Whether the scorer works: what it did lately, and when it is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

REST = 5.0
"""Seconds for which a scorer that raised is left alone."""

STUCK = 30.0
"""Seconds after which a batch under way counts as stuck."""

FAILED_BATCHES = 3
"""Batches in a row of which no text was scored, until the models count as failing."""


class Standing:
    """Keeps count of one scorer. `clock` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests_until = 0.0
        self._raised = False
        self._began: float | None = None
        self._failed_batches = 0

    @property
    def resting(self) -> float:
        """Seconds until the scorer may be asked again; 0 where it may be asked now."""
        return max(0.0, self._rests_until - self._clock()) if self._raised else 0.0

    @property
    def trouble(self) -> str:
        """What is wrong with the scorer; empty where nothing is known to be."""
        if self._raised:
            return "the safety models cannot be loaded or raised an error"
        if self._failed_batches >= FAILED_BATCHES:
            return "the safety models fail on every text"
        if self._began is not None and self._clock() - self._began > STUCK:
            return "the safety models do not come to an end with what they were given"
        return ""

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The scorer works while this lasts."""
        self._began = self._clock()
        try:
            yield
        finally:
            self._began = None

    def failed(self) -> None:
        """The scorer raised."""
        self._raised = True
        self._rests_until = self._clock() + REST

    def answered(self, lines: Sequence[dict[str, Any]]) -> None:
        """The scorer gave these lines."""
        self._raised = False
        if all(map(_failed, lines)):
            self._failed_batches += 1
        elif any(map(_scored, lines)):
            self._failed_batches = 0


def _failed(line: dict[str, Any]) -> bool:
    return "failed" in line.get("unscored", {}).values() and not _scored(line)


def _scored(line: dict[str, Any]) -> bool:
    return bool(line.get("prompt") or line.get("response"))
