"""The answer's way back, sans I/O: the upstream's bytes in, the client's out."""

from __future__ import annotations

from collections.abc import Callable

from monitor.exchange.recorder import Recorder
from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.framing import BodyReader, UntilCloseReader
from monitor.gateway.http.head import HeadBuffer
from monitor.gateway.http.response import Response, ResponsePlan, read_response
from monitor.gateway.request import RequestPlan

SWITCHING = 101
_LONGEST_NAME = 64


class Download:
    """Follows one answer from its head to its end, and writes what of it goes to the client.

    A chunked body goes on in the upstream's own chunks, byte for byte; for an HTTP/1.0 client the
    framing is taken off. `closing` says that the client's connection ends with this answer,
    `reusable` that the upstream's does not, `unframed` that only the connection's end marks the
    answer's: such an answer, if cut, must be reset to look cut. `switched` holds what came behind
    the head of an upstream that changed the protocol, as it was asked to. `named` is the field, in
    lower case, in which the upstream says which replica it is.
    """

    __slots__ = (
        *("closing", "done", "reusable", "size", "status", "switched", "unframed"),
        *("_body", "_heads", "_ident", "_limit", "_named"),
        *("_raw", "_recorder", "_request", "_write"),
    )

    def __init__(
        self,
        request: RequestPlan,
        recorder: Recorder | None,
        write: Callable[[bytes], None],
        *,
        ident: bytes,
        closing: bool,
        limit: int,
        named: bytes = b"",
    ) -> None:
        self.closing = closing or not request.keeps_alive
        self.done = False
        self.reusable = False
        self.unframed = False
        self.switched: bytes | None = None
        self.size = 0
        self.status: int | None = None
        self._body: BodyReader | None = None
        self._limit = limit
        self._named = named
        self._heads: HeadBuffer | None = None
        self._ident = ident
        self._raw = True
        self._recorder = recorder
        self._request = request
        self._write = write

    @property
    def started(self) -> bool:
        """Whether the final head has gone to the client."""
        return self.status is not None

    def feed(self, data: bytes, at: float) -> None:
        """More from the upstream, at `at`.

        Raises
        ------
        ProtocolError
            The answer is malformed; nothing of `data` was relayed.
        """
        body = self._body
        if body is None:
            self._feed_head(data, at)
            return
        content = body.feed(data)
        if body.done:
            data = self._ended(body, data)
        self.size += len(data)
        self._write(data if self._raw else b"".join(content))  # relayed first, recorded after
        if self._recorder is not None:
            self._recorder.response_body(content, at)

    def close(self) -> bool:
        """The upstream closed: whether that is the answer's proper end."""
        self.done = self._body is not None and self._body.close()
        return self.done

    def _ended(self, body: BodyReader, data: bytes) -> bytes:
        """Note the end of the body; what of `data` belongs to it."""
        self.done = True
        if body.end == len(data):
            return data
        self.reusable = False  # whatever came behind it belongs to no request
        return data[: body.end]

    def _feed_head(self, data: bytes, at: float) -> None:
        while data:
            buffer = self._heads = self._heads or HeadBuffer(self._limit)
            try:
                block, data = buffer.feed(data)
            except ProtocolError as error:
                raise ProtocolError(error.detail, status=502) from error
            if block is None:
                return
            response = read_response(block)
            if response.plan.status >= 200:
                self._begin(response, data, at)
                return
            if response.plan.status == SWITCHING:
                self._switch(response.plan, data)
                return
            self._pass_interim(response.plan)

    def _pass_interim(self, plan: ResponsePlan) -> None:
        if self._request.head.http_1_1:
            self._write(plan.forward + b"\r\n\r\n")

    def _switch(self, plan: ResponsePlan, rest: bytes) -> None:
        if not self._request.switches:
            raise ProtocolError("the upstream switched protocols unasked", status=502)
        self.status = SWITCHING
        self.switched = rest
        self._write(plan.forward + b"\r\n\r\n")

    def _begin(self, response: Response, rest: bytes, at: float) -> None:
        plan, request = response.plan, self._request
        body = response.body(request.head.method)
        modern = request.head.http_1_1
        self._raw = modern or not plan.chunked
        self.unframed = isinstance(body, UntilCloseReader) or not self._raw
        self.closing = self.closing or self.unframed
        self.reusable = plan.keeps_alive and not isinstance(body, UntilCloseReader)
        content: list[bytes] = []
        if not body.done and rest:
            content = body.feed(rest)
        if body.done:
            rest = self._ended(body, rest)
        self.status = plan.status
        self.size = len(rest)
        self._body = body
        head = response.to_client(
            self._ident, chunked=plan.chunked and modern, closing=self.closing
        )
        self._write(head + (rest if self._raw else b"".join(content)))
        self._record(plan, content, at)

    def _record(self, plan: ResponsePlan, content: list[bytes], at: float) -> None:
        if self._recorder is not None:
            if self._named and (upstream := plan.head.lower.get(self._named)):
                self._recorder.answered_by(upstream[:_LONGEST_NAME].decode("latin-1"))
            self._recorder.response_began(
                plan.status,
                content_type=plan.content_type,
                content_encoding=plan.content_encoding,
            )
            if content:
                self._recorder.response_body(content, at)
