"""An answer that comes in one piece: kept within a limit as it passes by, read at its end."""

from __future__ import annotations

from monitor.exchange.answer import Answer
from monitor.exchange.capture.encoding import LARGEST_PIECE, decoder
from monitor.exchange.capture.ends import Ends
from monitor.exchange.protocols.base import Dialect
from monitor.exchange.unparsed import READ_ERRORS, Reason, reason_of


class WholeCapture:
    """A body that is no stream of events. Of one that holds vectors only the two ends are kept."""

    __slots__ = ("_answer", "_decoder", "_dialect", "_kept", "_left", "truncated", "unparsed")

    streamed = False

    def __init__(self, dialect: Dialect, answer: Answer, *, encoding: str, limit: int) -> None:
        self.truncated = False
        self.unparsed: Reason | None = None
        self._answer = answer
        self._decoder = decoder(encoding)
        self._dialect = dialect
        self._kept: list[bytes] | Ends = Ends() if dialect.vectors else []
        self._left = max(limit, LARGEST_PIECE) if dialect.vectors else limit

    def feed(self, content: list[bytes], at: float) -> None:
        """More of the body, which came at `at`."""
        decode = self._decoder
        if decode is None:
            self.unparsed = "content_encoding"
            return
        for piece in content:
            try:
                plain = decode.feed(piece, self._left)
            except READ_ERRORS as error:
                self.unparsed = reason_of(error)
                self._decoder = None
                return
            if not self._dialect.vectors:
                self._left -= len(plain)
            self._kept.extend((plain,))
        self.truncated = decode.overflowed

    def read_batch(self) -> None:
        """Nothing can be read before the end."""

    def read_rest(self, at: float) -> None:
        """The body has ended at `at`: read it."""
        body = b"".join(self._kept)
        self._kept.clear()
        if self.unparsed is not None:
            return
        try:
            self._dialect.plain(body, self._answer)
        except READ_ERRORS as error:
            self.unparsed = "too_large" if self.truncated else reason_of(error)
