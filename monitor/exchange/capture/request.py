"""A request's body as it passes by: kept within a limit, read when it is convenient."""

from __future__ import annotations

from monitor.exchange.capture.elide import MARK, Elider
from monitor.exchange.capture.encoding import decoder
from monitor.exchange.capture.naming import BodyFields
from monitor.exchange.model import Request
from monitor.exchange.protocols.base import Asked, Dialect
from monitor.exchange.unparsed import READ_ERRORS, Reason, reason_of

UNKNOWN = Asked("", Request())


class RequestCapture:
    """A request's body, at most `limit` bytes of it.

    From one that is longer, data sent inline is taken out as it passes, so that its text is read.
    """

    __slots__ = (
        *("complete", "truncated", "unparsed"),
        *("_asked", "_dialect", "_elider", "_encoding", "_fields", "_left", "_limit", "_pieces"),
    )

    def __init__(
        self, dialect: Dialect | None, *, encoding: str, fields: BodyFields, limit: int
    ) -> None:
        self.truncated = False
        self.unparsed: Reason | None = None
        self.complete = False
        self._dialect = dialect
        self._encoding = encoding
        self._fields = fields
        self._limit = self._left = limit
        self._pieces: list[bytes] = []
        self._asked: Asked | None = None
        self._elider: Elider | None = None

    def feed(self, data: bytes) -> None:
        """More of the body."""
        if self._elider is None and len(data) <= self._left:
            self._left -= len(data)
            self._pieces.append(data)
        elif not self.truncated:
            self._feed_large(data)

    def _feed_large(self, data: bytes) -> None:
        if self._elider is None:
            data = b"".join(self._pieces) + data
            self._pieces.clear()
            self._left = self._limit
            self._elider = Elider()
        # What is compressed has no strings to look into.
        kept = data if self._encoding else self._elider.feed(data)
        self.truncated = len(kept) > self._left
        self._pieces.append(kept[: self._left])
        self._left -= len(self._pieces[-1])

    def read(self) -> Asked:
        """What was asked; `UNKNOWN` as long as the body is not complete."""
        if self._asked is not None:
            return self._asked
        if not self.complete or self._dialect is None:
            return UNKNOWN
        self._asked = asked = self._read(self._dialect)
        self._pieces.clear()
        if self._elider is not None:
            self.truncated = self.truncated or _lacks_text(asked)
        return asked

    def _read(self, dialect: Dialect) -> Asked:
        decode = decoder(self._encoding)
        if decode is None:
            self.unparsed = "content_encoding"
            return UNKNOWN
        if self._elider is not None:
            self._pieces.append(self._elider.end())
        try:
            body = decode.feed(b"".join(self._pieces), self._limit)
            self.truncated = self.truncated or decode.overflowed
            return self._fields.fill(dialect.request(body), body)
        except READ_ERRORS as error:
            self.unparsed = "too_large" if self.truncated else reason_of(error)
            return UNKNOWN


def _lacks_text(asked: Asked) -> bool:
    """Whether something was taken for data that is text after all."""
    return any(MARK.search(message.text) for message in asked.request.messages)
