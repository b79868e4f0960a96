"""The answer's way back, sans I/O: the upstream's bytes in, the client's out."""

from __future__ import annotations

from monitor.exchange.recorder import Recorder
from monitor.gateway import head as heads
from monitor.gateway.errors import ProtocolError
from monitor.gateway.framing import BodyReader, ChunkedReader, UntilCloseReader
from monitor.gateway.head import HeadBuffer, RequestHead, ResponseHead
from monitor.gateway.hop import response_to_client


class Download:
    """Follows one answer from its head to its end.

    A chunked body goes on in the upstream's own chunks, byte for byte; for an HTTP/1.0 client the
    framing is taken off. `closing` says that the client's connection ends with this answer,
    `reusable` that the upstream's does not, `unframed` that only the connection's end marks the
    answer's: such an answer, if cut, must be reset to look cut.
    """

    __slots__ = (
        *("closing", "done", "reusable", "size", "status", "unframed"),
        *("_body", "_heads", "_ident", "_limit", "_raw", "_recorder", "_request"),
    )

    def __init__(
        self,
        request: RequestHead,
        recorder: Recorder | None,
        *,
        ident: bytes,
        closing: bool,
        limit: int,
    ) -> None:
        self.closing = closing or not request.http_1_1 or not heads.keeps_alive(request)
        self.done = False
        self.reusable = False
        self.unframed = False
        self.size = 0
        self.status: int | None = None
        self._body: BodyReader | None = None
        self._limit = limit
        self._heads: HeadBuffer | None = None
        self._ident = ident
        self._raw = True
        self._recorder = recorder
        self._request = request

    @property
    def started(self) -> bool:
        """Whether the final head has gone to the client."""
        return self._body is not None

    def feed(self, data: bytes, at: float) -> bytes:
        """More from the upstream, at `at`; what of it goes to the client.

        Raises
        ------
        ProtocolError
            The answer is malformed; nothing of `data` was relayed.
        """
        if self._body is None:
            return self._feed_head(data, at)
        return self._feed_body(self._body, data, at)

    def close(self) -> bool:
        """The upstream closed: whether that is the answer's proper end."""
        self.done = self._body is not None and self._body.close()
        return self.done

    def _feed_body(self, body: BodyReader, data: bytes, at: float) -> bytes:
        content = body.feed(data)
        self.size += len(data)
        if self._recorder is not None:
            self._recorder.response_body(content, at)
        if body.done:
            self.done = True
            self.reusable = self.reusable and body.end == len(data)
            data = data[: body.end]
        return data if self._raw else b"".join(content)

    def _feed_head(self, data: bytes, at: float) -> bytes:
        out = b""
        while data:
            block, data = self._take_head(data)
            if block is None:
                break
            head = heads.parse_response(block)
            if head.status >= 200:
                return out + self._begin(head, data, at)
            out += self._interim(head)
        return out

    def _take_head(self, data: bytes) -> tuple[bytes | None, bytes]:
        """A head and what is behind it; None while it is not whole."""
        end = data.find(heads.END) + 4
        if self._heads is None and 4 <= end <= self._limit:
            return data[:end], data[end:]  # it came in one piece, as nearly all do
        buffer = self._heads = self._heads or HeadBuffer(self._limit)
        try:
            block = buffer.feed(data)
        except ProtocolError as error:
            raise ProtocolError(error.detail, status=502) from error
        if block is None:
            return None, b""
        self._heads = None
        return block, buffer.take_rest()

    def _interim(self, head: ResponseHead) -> bytes:
        if head.status == 101:
            raise ProtocolError("the upstream switched protocols unasked", status=502)
        if not self._request.http_1_1:
            return b""
        return response_to_client(head, exchange_id=self._ident, chunked=False, closing=False)

    def _begin(self, head: ResponseHead, rest: bytes, at: float) -> bytes:
        body = heads.response_body(head, self._request.method)
        chunked = b"transfer-encoding" in head.lower
        self._raw = self._request.http_1_1 or not isinstance(body, ChunkedReader)
        self.unframed = isinstance(body, UntilCloseReader) or not self._raw
        self.closing = self.closing or self.unframed
        self.reusable = heads.keeps_alive(head) and not isinstance(body, UntilCloseReader)
        self.status = head.status
        self._record_head(head)
        out = response_to_client(
            head,
            exchange_id=self._ident,
            chunked=chunked and self._request.http_1_1,
            closing=self.closing,
        )
        self._body = body
        if body.done:
            self.done = True
            self.reusable = self.reusable and not rest
            return out
        return out + self._feed_body(body, rest, at) if rest else out

    def _record_head(self, head: ResponseHead) -> None:
        if self._recorder is not None:
            encoding = head.lower.get(b"content-encoding")
            self._recorder.response_began(
                head.status,
                content_type=head.lower.get(b"content-type", b"").decode("latin-1"),
                content_encoding=encoding.decode("latin-1") if encoding else "",
            )
