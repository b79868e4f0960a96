"""The load generator: streams at once, or plain requests one after the other on each connection."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

STREAM = (
    b'{"model":"paced","stream":true,"messages":[{"role":"user","content":"Tell me a story."}]}'
)
PLAIN = b'{"model":"paced","messages":[{"role":"user","content":"Tell me a story, a short one."}]}'
END = b"0\r\n\r\n"
MARK = b"data: {"


def request(body: bytes) -> bytes:
    """A request as a client library writes it."""
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
        b"content-type: application/json\r\nuser-agent: bench/1\r\nauthorization: Bearer none\r\n"
        b"accept-encoding: gzip, deflate\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )


@dataclass
class Streamed:
    """What one stream saw, in seconds."""

    ttft: float = 0.0
    chunks: int = 0
    longest_gap: float = 0.0
    whole: bool = False


class StreamClient(asyncio.Protocol):
    """One stream on a connection of its own."""

    def __init__(self) -> None:
        self.seen = Streamed()
        self.done = asyncio.get_running_loop().create_future()
        self._tail = b""
        self._sent = self._last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected; `send` begins."""
        self._transport = transport

    def send(self) -> None:
        """Ask for the stream."""
        self._sent = self._last = time.perf_counter()
        self._transport.write(request(STREAM))

    def data_received(self, data: bytes) -> None:
        """Count chunks and note the silences between them."""
        now = time.perf_counter()
        chunks = data.count(MARK)
        if not self.seen.chunks and chunks:
            self.seen.ttft = now - self._sent
        elif chunks:
            self.seen.longest_gap = max(self.seen.longest_gap, now - self._last)
        self._last = now
        self.seen.chunks += chunks
        self._tail = (self._tail + data)[-len(END) :]
        if self._tail == END:
            self.seen.whole = True
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Over, whole or not."""
        if not self.done.done():
            self.done.set_result(self.seen)


async def streams(port: int, count: int, *, spread: float) -> list[Streamed]:
    """`count` streams at once, their starts spread over `spread` seconds."""
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(count):
        _, client = await loop.create_connection(StreamClient, "127.0.0.1", port)
        clients.append(client)
    for place, client in enumerate(clients):
        loop.call_later(spread * place / count, client.send)
    return list(await asyncio.gather(*(client.done for client in clients)))


@dataclass
class Counted:
    """Plain requests that were answered, and the time each took."""

    times: list[float] = field(default_factory=list)
    failed: int = 0


async def plain(port: int, connections: int, *, seconds: float) -> Counted:
    """Requests as fast as they are answered, one at a time on each connection."""
    counted = Counted()
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_ask(port, until, counted))
    return counted


async def _ask(port: int, until: float, counted: Counted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    message = request(PLAIN)
    while (began := time.perf_counter()) < until:
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length: ")
        length = int(head[at + 16 :].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            counted.failed += 1
        counted.times.append(time.perf_counter() - began)
    writer.close()
