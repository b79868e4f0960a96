"""JSON values one a line (https://github.com/ndjson/ndjson-spec), sans I/O, as a splitter of events."""

from __future__ import annotations

from monitor.exchange.capture.sse import Event


class LineSplitter:
    """Splits a stream into its lines, however its bytes are cut: each is an event without a name.

    Blank lines are left out. A line longer than `limit` bytes is skipped, and `overflowed` set.
    """

    __slots__ = ("_buffer", "_limit", "_offset", "_skipping", "overflowed")

    def __init__(self, limit: int) -> None:
        self._buffer = b""
        self._offset = 0
        self._limit = limit
        self._skipping = False
        self.overflowed = False

    def feed(self, data: bytes) -> list[Event]:
        """The lines that end in `data`."""
        events: list[Event] = []
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._offset += len(line) + 1
            self._add(events, line)
        if len(self._buffer) > self._limit:
            self.overflowed = self._skipping = True
            self._offset += len(self._buffer)
            self._buffer = b""
        return events

    def flush(self) -> list[Event]:
        """What stands behind the last line end."""
        events: list[Event] = []
        self._offset += len(self._buffer)
        self._add(events, self._buffer)
        self._buffer = b""
        return events

    def _add(self, events: list[Event], line: bytes) -> None:
        if self._skipping or len(line) > self._limit:
            self._skipping, self.overflowed = False, True
        elif line := line.strip():
            events.append((self._offset, b"", line))
