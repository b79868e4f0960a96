"""The two ends of a long body whose middle is not wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

KEPT = 2_048


class Ends:
    """Collects pieces; iterating gives the first and the last `KEPT` bytes of them all."""

    __slots__ = ("_first", "_last")

    def __init__(self) -> None:
        self._first = b""
        self._last = b""

    def extend(self, pieces: Iterable[bytes]) -> None:
        """More pieces."""
        for piece in pieces:
            taken = KEPT - len(self._first)
            self._first += piece[:taken]
            self._last = (self._last + piece[taken:])[-KEPT:]

    def clear(self) -> None:
        """Let go of what was collected."""
        self._first = self._last = b""

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield self._last
