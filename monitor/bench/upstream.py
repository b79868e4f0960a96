"""A paced model server: `python -m monitor.bench.upstream PORT RATE`.

A request that asks for a stream gets as many chunks as its `max_tokens` says, the first at once,
the others at RATE a second, spread evenly over each period; any other request gets one small
completion. Each chunk's text is the time at which it was written, by the clock that all processes
of the machine share (`time.monotonic_ns`), so that a client knows how long it was under way.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

PHASES = 20
_EVENT_HEAD = (
    b'data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1764000000,'
    b'"model":"paced","choices":[{"index":0,"delta":{"content":"@'
)
_EVENT_TAIL = b'@"},"logprobs":null,"finish_reason":null}]}\n\n\r\n'
_STAMP_WIDTH = 19
_FRAME_HEAD = (
    b"%x\r\n" % (len(_EVENT_HEAD) + _STAMP_WIDTH + len(_EVENT_TAIL) - len(b"\r\n"))
) + _EVENT_HEAD
_CHUNK = _FRAME_HEAD + b"%019d" + _EVENT_TAIL
_END = (
    b'data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1764000000,'
    b'"model":"paced","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}'
    b"\n\ndata: [DONE]\n\n"
)
_LAST = b"%x\r\n%b\r\n0\r\n\r\n" % (len(_END), _END)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
_COMPLETION = (
    b'{"id":"chatcmpl-0123456789","object":"chat.completion","created":1764000000,"model":"paced",'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"A short answer."},'
    b'"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":4,'
    b'"total_tokens":16}}'
)
_PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_COMPLETION),
    _COMPLETION,
)
_WANTS_STREAM = re.compile(rb'"stream": ?true')
_WANTED = re.compile(rb'"max_tokens": ?(\d+)')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Pacer:
    """Sends the next chunk of every stream once a period, a part of them in each phase."""

    def __init__(self, rate: float) -> None:
        self._period = 1 / rate
        self._phases: list[set[_Connection]] = [set() for _ in range(PHASES)]
        self._next = 0

    def add(self, connection: _Connection) -> None:
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


class _Connection(asyncio.Protocol):
    """One kept-alive connection. Bodies come with their length: so all contenders send them."""

    def __init__(self, pacer: _Pacer) -> None:
        self._pacer = pacer
        self._left = 0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._left = 0

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._take()) is not None:
            if _WANTS_STREAM.search(request):
                self._begin(request)
            else:
                self._transport.write(_PLAIN)

    def tick(self) -> bool:
        """Send the next chunk, or the end; whether more follow."""
        if self._left < 0 or self._transport.is_closing():
            return False
        self._left -= 1
        self._transport.write(_CHUNK % time.monotonic_ns() if self._left >= 0 else _LAST)
        return self._left >= 0

    def _begin(self, request: bytes) -> None:
        wanted = _WANTED.search(request)
        self._left = int(wanted[1]) - 1 if wanted else 0
        self._transport.write(_STREAM_HEAD + _CHUNK % time.monotonic_ns())
        self._pacer.add(self)

    def _take(self) -> bytes | None:
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return None
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return rest[:length]


async def _serve(port: int, rate: float) -> None:
    pacer = _Pacer(rate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(pacer), "127.0.0.1", port, backlog=4096)
    async with server:
        await pacer.run()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
