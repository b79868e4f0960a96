"""An answer that comes as a stream of events: kept with its times, read in batches."""

from __future__ import annotations

from monitor.exchange.answer import Answer
from monitor.exchange.capture.encoding import LARGEST_PIECE, Decoder, Identity, decoder
from monitor.exchange.capture.splitters import Splitter
from monitor.exchange.capture.sse import EventSplitter
from monitor.exchange.capture.template import Template
from monitor.exchange.protocols.base import Dialect
from monitor.exchange.unparsed import READ_ERRORS, Reason, reason_of

BATCH_BYTES = 8_192
_FIRST_BATCH_BYTES = 2_048  # soon, so that what repeats is known early


class StreamCapture:
    """A stream's bytes, read once `BATCH_BYTES` of them have come. No event is longer than `limit`."""

    __slots__ = (
        *("answer", "truncated", "unparsed", "_batch", "_bytes", "_decoder", "_dialect"),
        *("_events", "_full", "_largest", "_limit", "_offset", "_template", "_times"),
    )

    streamed = True

    def __init__(
        self, dialect: Dialect, answer: Answer, events: Splitter, *, encoding: str, limit: int
    ) -> None:
        self.answer = answer
        self.truncated = False
        self.unparsed: Reason | None = None
        self._dialect = dialect
        self._limit = limit
        self._largest = max(limit, LARGEST_PIECE)
        self._events = events
        self._batch: list[bytes] = []
        self._times: list[float] = []
        self._bytes = 0
        self._full = _FIRST_BATCH_BYTES
        self._offset = 0
        self._decoder = decoder(encoding)
        repeats = isinstance(events, EventSplitter) and isinstance(self._decoder, Identity)
        self._template = Template() if repeats else None
        if self._decoder is None:
            self._fail("content_encoding")

    def feed(self, content: list[bytes], at: float) -> None:
        """More of the body, which came at `at`."""
        self._batch += content
        for piece in content:
            self._times.append(at)
            self._bytes += len(piece)
        if self._bytes >= self._full:
            self.read_batch()

    def read_batch(self) -> None:
        """Read what was kept since the last time."""
        batch, times = self._batch, self._times
        if not batch:
            return
        self._batch, self._times, self._bytes = [], [], 0
        self._full = BATCH_BYTES
        if self._template is None:
            self._decode(batch, times)
        else:
            self._read_by_template(self._template, batch, times)
        self.answer.compact()

    def read_rest(self, at: float) -> None:
        """The body has ended at `at`: read all that is left."""
        self.read_batch()
        for _, name, content in self._events.flush():
            self._read_unfinished(name, content, at)

    def _read_by_template(self, template: Template, batch: list[bytes], times: list[float]) -> None:
        """Read what of the batch repeats earlier events at once, and what is around it one by one."""
        start, stop = template.span(batch)
        self._decode(batch[:start], times[:start])
        if not self._read_run(template, batch[start:stop], times[start:stop]):
            self._decode(batch[start:stop], times[start:stop])
        self._decode(batch[stop:], times[stop:])
        if stop - start < len(batch) // 2:
            template.learn(batch, self._dialect, self.answer)

    def _read_run(self, template: Template, run: list[bytes], times: list[float]) -> bool:
        events, size = self._events, sum(map(len, run))
        if not isinstance(events, EventSplitter) or not 0 < size <= self._limit:
            return False
        if self._decoder is None or not events.between_events:
            return False
        if not template.read(run, times, self.answer):
            return False
        events.pass_over(size)
        self._offset += size
        return True

    def _decode(self, batch: list[bytes], times: list[float]) -> None:
        if self._decoder is None or not batch:
            return
        try:
            self._read_pieces(self._decoder, batch, times)
        except READ_ERRORS as error:
            self._fail(reason_of(error))
            self._decoder = None

    def _read_pieces(self, decode: Decoder, batch: list[bytes], times: list[float]) -> None:
        pieces, ends = [], []
        for piece in batch:
            content = decode.feed(piece, self._largest)
            self._offset += len(content)
            pieces.append(content)
            ends.append(self._offset)
        self._read_events(self._events, b"".join(pieces), ends, times)
        if decode.overflowed:
            self.truncated = True
            self._fail("too_large")

    def _read_events(
        self, events: Splitter, data: bytes, ends: list[int], times: list[float]
    ) -> None:
        place = 0
        for end, name, content in events.feed(data):
            while ends[place] < end:
                place += 1
            self._read_event(name, content, times[place])
        if events.overflowed:
            self.truncated = True
            self._fail("too_large")

    def _read_event(self, name: bytes, data: bytes, at: float) -> None:
        try:
            if self._dialect.event(name, data, self.answer):
                self.answer.arrived(at)
        except READ_ERRORS as error:
            self._fail(reason_of(error))

    def _read_unfinished(self, name: bytes, data: bytes, at: float) -> None:
        """An event without its end: whole if only its blank line is missing, else cut, not wrong."""
        try:
            if self._dialect.event(name, data, self.answer):
                self.answer.arrived(at)
        except READ_ERRORS:
            return

    def _fail(self, reason: Reason) -> None:
        self.unparsed = self.unparsed or reason
