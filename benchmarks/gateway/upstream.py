"""A paced model server: `python upstream.py PORT RATE CHUNKS`.

A request that asks for a stream gets CHUNKS chunks at RATE a second, the first at once; any other
gets one small completion. The streams are spread evenly over each period.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

PHASES = 20
EVENT = (
    b'data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1764000000,'
    b'"model":"paced","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,'
    b'"finish_reason":null}]}\n\n'
)
CHUNK = b"%x\r\n%b\r\n" % (len(EVENT), EVENT)
LAST = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
COMPLETION = (
    b'{"id":"chatcmpl-0123456789","object":"chat.completion","created":1764000000,"model":"paced",'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"A short answer."},'
    b'"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":4}}'
)
PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(COMPLETION),
    COMPLETION,
)


class Pacer:
    """Sends the next chunk of every stream once a period, a part of them in each phase."""

    def __init__(self, rate: float, chunks: int) -> None:
        self.chunks = chunks
        self._period = 1 / rate
        self._phases: list[set[Connection]] = [set() for _ in range(PHASES)]
        self._next = 0

    def add(self, connection: Connection) -> None:
        """Begin a stream; its second chunk comes one period from now."""
        self._phases[self._next - 1].add(connection)

    async def run(self) -> None:
        """Tick for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += self._period / PHASES
            await asyncio.sleep(max(0.0, due - loop.time()))
            phase = self._phases[self._next]
            self._next = (self._next + 1) % PHASES
            phase -= {connection for connection in phase if not connection.tick()}


class Connection(asyncio.Protocol):
    """One kept-alive connection. Requests come whole: that is all the load generator sends."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._left = 0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone: its stream ends."""
        self._left = 0

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while (request := self._take()) is not None:
            if b'"stream":true' in request:
                self._left = self._pacer.chunks - 1
                self._transport.write(STREAM_HEAD + CHUNK)
                self._pacer.add(self)
            else:
                self._transport.write(PLAIN)

    def tick(self) -> bool:
        """Send the next chunk; whether more follow."""
        if self._left <= 0 or self._transport.is_closing():
            return False
        self._left -= 1
        self._transport.write(CHUNK if self._left else LAST)
        return self._left > 0

    def _take(self) -> bytes | None:
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return None
        lower = head.lower()
        at = lower.find(b"content-length: ")
        length = int(lower[at + 16 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return rest[:length]


async def main(port: int, rate: float, chunks: int) -> None:
    """Serve until the process is killed."""
    pacer = Pacer(rate, chunks)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pacer), "127.0.0.1", port, backlog=4096)
    async with server:
        await pacer.run()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
