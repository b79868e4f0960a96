"""A short history of a model server's numbers, and what of them is not as it was."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from detectors.base import Evidence
from monitor.upstreams.names import COUNTS, LEVELS, MEANS, UNITS

_KEPT = 240
_NOW = 3
_TOLD_ALWAYS = ("running", "waiting")
_TIMES = 1.25
_WEIGHT = 40.0
_STEP = 0.01


class Page(NamedTuple):
    """Numbers by the server's own names, and when they were read, in monotonic seconds."""

    at: float
    numbers: dict[str, float]


class History:
    """The last 240 pages of one server."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._pages: deque[Page] = deque(maxlen=_KEPT)

    @property
    def newest(self) -> float:
        """When the newest page was read; minus infinity if none was."""
        return self._pages[-1].at if self._pages else float("-inf")

    def add(self, page: Page) -> None:
        """Take a page."""
        self._pages.append(page)

    def evidence(self) -> tuple[Evidence, ...]:
        """What the server says now beside the median of before, what has moved most first.

        Now is the median of the last three readings. Requests that run and wait are always told;
        the rest where it is a quarter more or less than it was, or there is nothing to compare with.
        """
        told = [between(old, new) for old, new in pairwise(self._pages)]
        now, before = told[-_NOW:], told[:-_NOW]
        if not now and self._pages:
            now = [_levels(self._pages[-1].numbers)]
        moved = [
            (_moved(name, value, reference), name, value, reference)
            for name in UNITS
            if (value := _middle(now, name)) is not None
            for reference in [_middle(before, name)]
        ]
        shown = sorted((m for m in moved if m[0] > 0), key=lambda m: -m[0])
        return tuple(
            Evidence(
                f"server_{name}",
                value,
                reference,
                _WEIGHT - _STEP * place,
                f"{UNITS[name]}, {self.server}",
            )
            for place, (_, name, value, reference) in enumerate(shown)
        )


def between(old: Page, new: Page) -> dict[str, float]:
    """What two pages say together: levels, counts per second, mean seconds, by our own words."""
    grown = {
        name: value - old.numbers[name]
        for name, value in new.numbers.items()
        if name in old.numbers and value >= old.numbers[name]
    }
    seconds = max(new.at - old.at, 1e-3)
    rates = {word: grown[name] / seconds for name, word in COUNTS.items() if name in grown}
    means = {
        word: grown[total] / grown[count]
        for word, pairs in MEANS.items()
        for total, count in pairs
        if grown.get(count, 0.0) > 0 and total in grown
    }
    return _levels(new.numbers) | rates | means


def _levels(numbers: dict[str, float]) -> dict[str, float]:
    named = {word: numbers[name] for name, word in LEVELS.items() if name in numbers}
    return named | {word: numbers[word] for word in UNITS if word in numbers}


def _middle(told: list[dict[str, float]], name: str) -> float | None:
    values = [each[name] for each in told if name in each]
    return median(values) if values else None


def _moved(name: str, now: float, before: float | None) -> float:
    """How far it has moved, to order by; 0 for what need not be told."""
    at_least = 0.1 * (name in _TOLD_ALWAYS)
    if before is None:
        return at_least or 0.05
    if now == before:
        return at_least
    low, high = sorted((abs(now), abs(before)))
    times = high / low if low > 0 else float("inf")
    return times if times >= _TIMES else at_least
