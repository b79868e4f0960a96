"""The load generator: streams at once, or plain requests one after the other on each connection."""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

_STREAM = (
    b'{"model":"paced","stream":true,"max_tokens":%d,'
    b'"messages":[{"role":"user","content":"Tell me a story."}]}'
)
_PLAIN = b'{"model":"paced","messages":[{"role":"user","content":"Tell me a story, a short one."}]}'
_END = b"0\r\n\r\n"
_STAMP = re.compile(rb"@(\d{19})@")
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_NEWLINE = ord("\n")
_OPENING = 64
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go: a port of this machine, and header fields that it wants besides."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, body: bytes) -> bytes:
        """A request as a client library writes it."""
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items()).encode()
        return (
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n"
            b"content-type: application/json\r\nuser-agent: bench/1\r\n"
            b"authorization: Bearer none\r\n%b"
            b"content-length: %d\r\n\r\n%b" % (extra, len(body), body)
        )


@dataclass(slots=True)
class Streamed:
    """What one stream saw: times in seconds, the way of each chunk in nanoseconds."""

    ttft: float = 0.0
    taken: float = 0.0
    chunks: int = 0
    longest_gap: float = 0.0
    whole: bool = False
    under_way: array[int] = field(default_factory=lambda: array("q"))


class _StreamClient(asyncio.Protocol):
    """One stream on a connection of its own."""

    def __init__(self) -> None:
        self.seen = Streamed()
        self.done: asyncio.Future[Streamed] = asyncio.get_running_loop().create_future()
        self._rest = b""
        self._sent = self._last = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        """Ask for the stream."""
        self._sent = self._last = time.monotonic_ns()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        if self._rest:
            data = self._rest + data
        if data[-1] == _NEWLINE:  # nearly always: a proxy relays what one write brought
            self._rest = b""
            self._count(_STAMP.findall(data), now)
            if data.endswith(_END):
                self.seen.whole = True
                self.seen.taken = (now - self._sent) / 1e9
                self._transport.close()
        else:
            cut = data.rfind(b"\n") + 1
            self._rest = data[cut:]
            self._count(_STAMP.findall(data[:cut]), now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(self.seen)

    def _count(self, stamps: list[bytes], now: int) -> None:
        seen = self.seen
        if not stamps:
            return
        if not seen.chunks:
            seen.ttft = (now - self._sent) / 1e9
        else:
            seen.longest_gap = max(seen.longest_gap, (now - self._last) / 1e9)
        self._last = now
        seen.chunks += len(stamps)
        seen.under_way.extend([now - int(stamp) for stamp in stamps])


async def streams(
    target: Target, count: int, *, chunks: int, spread: float, patience: float = _PATIENCE
) -> list[Streamed]:
    """`count` streams at once, their starts spread over `spread` seconds.

    What is not whole `patience` seconds after it began is cut and reads as lost.
    """
    loop = asyncio.get_running_loop()
    clients = []
    for first in range(0, count, _OPENING):
        opening = (
            loop.create_connection(_StreamClient, "127.0.0.1", target.port)
            for _ in range(first, min(count, first + _OPENING))
        )
        clients += [client for _, client in await asyncio.gather(*opening)]
    request = target.request(_STREAM % chunks)
    for place, client in enumerate(clients):
        loop.call_later(spread * place / count, client.send, request)
    ended, _ = await asyncio.wait([client.done for client in clients], timeout=spread + patience)
    del ended
    return [client.seen for client in clients]


@dataclass(slots=True)
class Counted:
    """Plain requests that were answered, and the time each took in seconds."""

    times: list[float] = field(default_factory=list)
    failed: int = 0


async def plain(target: Target, connections: int, *, seconds: float) -> Counted:
    """Requests as fast as they are answered, one at a time on each connection."""
    counted = Counted()
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_ask(target, until, counted))
    return counted


async def _ask(target: Target, until: float, counted: Counted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    message = target.request(_PLAIN)
    while (began := time.perf_counter()) < until:
        writer.write(message)
        head = (await reader.readuntil(_HEAD_END)).lower()
        await _read_body(reader, head)
        if not head.startswith(b"http/1.1 200"):
            counted.failed += 1
        counted.times.append(time.perf_counter() - began)
    writer.close()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    at = head.find(_LENGTH)
    if at >= 0:
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()
