"""How a streamed body is cut into events: by its content type."""

from __future__ import annotations

from typing import Protocol

from monitor.exchange.ndjson import LineSplitter
from monitor.exchange.sse import Event, EventSplitter

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
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _EVENT_STREAM:
        return EventSplitter(limit)
    return LineSplitter(limit) if kind in _LINES else None
