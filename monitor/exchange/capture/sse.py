"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), sans I/O."""

from __future__ import annotations

import re

_EOL = rb"(?:\r\n|\n|\r(?!\n))"
_BLANK_LINE = re.compile(_EOL + _EOL)
_LINE_END = re.compile(_EOL)
_LONGEST_BLANK_LINE = 4


# The offset in the whole stream behind an event, its name, and its data. A plain tuple: making a
# named one for every chunk costs as much as splitting it off.
Event = tuple[int, bytes, bytes]


class EventSplitter:
    """Splits a stream into its events, however its bytes are cut.

    An event longer than `limit` bytes is skipped, and `overflowed` set.
    """

    __slots__ = ("_buffer", "_limit", "_offset", "_skipping", "overflowed")

    def __init__(self, limit: int) -> None:
        self._buffer = b""
        self._offset = 0
        self._limit = limit
        self._skipping = False
        self.overflowed = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that end in `data`; those without data, such as comments, are left out."""
        buffer = self._buffer + data
        events: list[Event] = []
        if b"\r" not in buffer:
            self._split_lines_of_lf(buffer, events)
        else:
            self._split(buffer, max(0, len(self._buffer) - _LONGEST_BLANK_LINE), events)
        if len(self._buffer) > self._limit + _LONGEST_BLANK_LINE:
            self._skip_rest()
        return events

    @property
    def between_events(self) -> bool:
        """Whether the next byte begins an event."""
        return not self._buffer and not self._skipping

    def pass_over(self, size: int) -> None:
        """Count bytes that were read elsewhere: whole events, from between two."""
        self._offset += size

    def flush(self) -> list[Event]:
        """What stands behind the last blank line: an event whose end never came."""
        events: list[Event] = []
        self._add(events, self._buffer, self._offset + len(self._buffer))
        self._buffer = b""
        return events

    def _split_lines_of_lf(self, buffer: bytes, events: list[Event]) -> None:
        """The common case, several times as fast."""
        *blocks, self._buffer = buffer.split(b"\n\n")
        for block in blocks:
            self._offset += len(block) + 2
            self._add(events, block, self._offset)

    def _split(self, buffer: bytes, scan: int, events: list[Event]) -> None:
        start = 0
        while (found := _BLANK_LINE.search(buffer, scan)) is not None:
            block = buffer[start : found.start()]
            start = scan = found.end()
            self._add(events, block, self._offset + start)
        self._buffer = buffer[start:]
        self._offset += start

    def _add(self, events: list[Event], block: bytes, end: int) -> None:
        if self._skipping or len(block) > self._limit:
            self._skipping, self.overflowed = False, True
            return
        name, data = _fields(block)
        if data is not None:
            events.append((end, name, data))

    def _skip_rest(self) -> None:
        self.overflowed = self._skipping = True
        cut = len(self._buffer) - _LONGEST_BLANK_LINE
        self._offset += cut
        self._buffer = self._buffer[cut:]


def _fields(block: bytes) -> tuple[bytes, bytes | None]:
    if block.startswith(b"data: ") and b"\n" not in block and b"\r" not in block:
        return b"", block[6:]
    name, data = b"", []
    for line in _LINE_END.split(block):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return name, b"\n".join(data) if data else None
