"""The request's way to the upstream, sans I/O: the client's bytes in, the upstream's out."""

from __future__ import annotations

from monitor.exchange.recorder import Recorder
from monitor.gateway.framing import BodyReader, ChunkedReader, chunk, last_chunk


class Upload:
    """Frames a request's body anew, so that the upstream sees one strict form of it.

    `rest` is what came behind the body: the next request of a client that does not wait.
    """

    __slots__ = ("_body", "_recorder", "rest", "size")

    def __init__(self, body: BodyReader, recorder: Recorder | None) -> None:
        self._body = body
        self._recorder = recorder
        self.rest = b""
        self.size = 0

    @property
    def done(self) -> bool:
        """Whether the whole request has come."""
        return self._body.done

    def feed(self, data: bytes) -> bytes:
        """More from the client; what of it goes to the upstream.

        Raises
        ------
        ProtocolError
            The body is framed wrongly.
        """
        body = self._body
        content = body.feed(data)
        self.rest = data[body.end :]
        for piece in content:
            self.size += len(piece)
            if self._recorder is not None:
                self._recorder.request_body(piece)
        if not isinstance(body, ChunkedReader):
            return b"".join(content)
        framed = b"".join(map(chunk, content))
        return framed + last_chunk(body.trailers) if body.done else framed
