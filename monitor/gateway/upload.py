"""The request's way to the upstream: the client's bytes in, the upstream's out."""

from __future__ import annotations

from typing import Protocol

from monitor.exchange.recorder import Recorder
from monitor.gateway.http.framing import BodyReader, ChunkedReader, chunk, last_chunk
from monitor.gateway.request import Request

MAX_HELD = 65_536


class Sink(Protocol):
    """Where bytes for the upstream go."""

    def write(self, data: bytes) -> None:
        """Send them."""
        ...


class Upload:
    """Follows one request from its head to its end.

    A chunked body is framed anew, so that the upstream sees one strict form of it. What comes
    before there is a connection is held back. What went out on a kept connection is remembered
    until an answer begins: the connection may just have been closing.

    `done` says that the whole request has come. `rest` is what came behind it: the next request of
    a client that does not wait. `size` counts the content of the body, in bytes.
    """

    __slots__ = (
        "_body",
        "_held",
        "_recorder",
        "_request",
        "_sent",
        "_sink",
        "done",
        "rest",
        "size",
    )

    def __init__(self, request: Request, recorder: Recorder | None) -> None:
        self.done = False
        self.rest = b""
        self.size = 0
        self._request = request
        self._recorder = recorder
        self._body: BodyReader | None = None
        self._held = b""
        self._sent = b""
        self._sink: Sink | None = None

    @property
    def overfull(self) -> bool:
        """Whether more is held back than should be."""
        return self._sink is None and self.size > MAX_HELD

    def start(self, data: bytes, *, peer: bytes) -> None:
        """Begin with the head, for a client at `peer`, and with what came behind it.

        Raises
        ------
        ProtocolError
            The body is framed wrongly.
        """
        request = self._request
        self._held = request.to_upstream(peer)
        length = request.length
        if request.plan.chunked or length > len(data):
            self._body = request.body()
            if data:
                self.feed(data)
            return
        if length < len(data):  # the whole of it, as nearly always, and more
            data, self.rest = data[:length], data[length:]
        self.done = True
        if length:
            self.size = length
            self._held += data
            if self._recorder is not None:
                self._recorder.request_body(data)

    def feed(self, data: bytes) -> None:
        """More from the client.

        Raises
        ------
        ProtocolError
            The body is framed wrongly.
        """
        body = self._body
        assert body is not None, "only a request that is not whole goes on"
        content = body.feed(data)
        if body.end < len(data):
            self.rest = data[body.end :]
        self.done = body.done
        recorder = self._recorder
        for piece in content:
            self.size += len(piece)
            if recorder is not None:
                recorder.request_body(piece)
        self._send(_framed(body, content))

    def attach(self, sink: Sink, *, remember: bool) -> None:
        """There is a connection: send what was held back; `remember` it if it may be sent again."""
        self._sink = sink
        held, self._held = self._held, b""
        self._sent = held if remember and self.size <= MAX_HELD else b""
        sink.write(held)

    def answered(self) -> None:
        """An answer has begun: nothing will be sent again."""
        self._sent = b""

    def detach(self) -> bool:
        """The connection is lost; whether the request is ready to be sent again."""
        self._sink = None
        self._held, self._sent = self._sent, b""
        return bool(self._held)

    def release(self) -> None:
        """Let go of what is held."""
        self._held = self._sent = b""

    def _send(self, out: bytes) -> None:
        if self._sink is None:
            self._held += out
        elif out:
            self._sink.write(out)
            if self._sent:
                self._sent = self._sent + out if self.size <= MAX_HELD else b""


def _framed(body: BodyReader, content: list[bytes]) -> bytes:
    if not isinstance(body, ChunkedReader):
        return content[0]
    framed = b"".join(map(chunk, content))
    return framed + last_chunk(body.trailers) if body.done else framed
