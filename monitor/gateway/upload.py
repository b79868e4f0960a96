"""The request's way to the upstream, sans I/O: the client's bytes in, the upstream's out."""

from __future__ import annotations

from monitor.exchange.recorder import Recorder
from monitor.gateway.framing import BodyReader, ChunkedReader, chunk, last_chunk


class Upload:
    """Frames a request's body anew, so that the upstream sees one strict form of it.

    `done` says that the whole request has come, `rest` is what came behind its body: the next
    request of a client that does not wait.
    """

    __slots__ = ("_body", "_recorder", "done", "rest", "size")

    def __init__(self, body: BodyReader, recorder: Recorder | None) -> None:
        self._body = body
        self._recorder = recorder
        self.done = body.done
        self.rest = b""
        self.size = 0

    def feed(self, data: bytes) -> bytes:
        """More from the client; what of it goes to the upstream.

        Raises
        ------
        ProtocolError
            The body is framed wrongly.
        """
        body = self._body
        content = body.feed(data)
        if body.end < len(data):
            self.rest = data[body.end :]
        self.done = body.done
        recorder = self._recorder
        for piece in content:
            self.size += len(piece)
            if recorder is not None:
                recorder.request_body(piece)
        if not isinstance(body, ChunkedReader):
            return content[0]
        framed = b"".join(map(chunk, content))
        return framed + last_chunk(body.trailers) if body.done else framed
