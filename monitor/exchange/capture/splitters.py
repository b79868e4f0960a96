"""How a streamed body is cut into events: by its content type."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from monitor.exchange.capture.ndjson import LineSplitter
from monitor.exchange.capture.sse import Event, EventSplitter

_EVENT_STREAM = "text/event-stream"
_LINES = frozenset(
    {
        *("application/x-ndjson", "application/ndjson", "application/jsonl"),
        *("application/jsonlines", "application/x-jsonlines"),
    }
)


class Splitter(Protocol):
    """Bytes in, events out, the same however the bytes are cut."""

    overflowed: bool

    def feed(self, data: bytes) -> list[Event]:
        """The events that end in `data`."""
        ...

    def flush(self) -> list[Event]:
        """An event whose end never came."""
        ...


def splitter_for(content_type: str, limit: int) -> Splitter | None:
    """The splitter for a body of this type; None if it comes in one piece.

    Nothing longer than `limit` bytes is an event.
    """
    kind = _kind(content_type)
    return None if kind is None else kind(limit)


@lru_cache(maxsize=64)
def _kind(content_type: str) -> Callable[[int], Splitter] | None:
    name = content_type.partition(";")[0].strip().lower()
    if name == _EVENT_STREAM:
        return EventSplitter
    return LineSplitter if name in _LINES else None
