"""An upstream that does exactly what a test tells it to, on a raw socket."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest


@dataclass
class Peer:
    """One accepted connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> bytes:
        """The next request's head, with its blank line."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> tuple[bytes, bytes]:
        """The next request: its head, and its body by Content-Length or chunks."""
        head = await self.head()
        if re.search(rb"(?i)\r\ntransfer-encoding: chunked\r\n", head):
            return head, await self.chunks()
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
        return head, await self.reader.readexactly(int(length[1])) if length else b""

    async def chunks(self) -> bytes:
        body = b""
        while size := int((await self.reader.readline()).split(b";")[0], 16):
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        while (await self.reader.readline()).strip():
            pass
        return body

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, *, head: bytes = b"") -> None:
        """A plain 200."""
        await self.send(
            b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)
        )

    async def begin_stream(self) -> None:
        await self.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )

    async def chunk(self, content: bytes) -> None:
        await self.send(b"%x\r\n%b\r\n" % (len(content), content))

    async def end_stream(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def gone(self) -> None:
        """Wait until the other side has closed."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass


Script = Callable[[Peer], Awaitable[None]]


class Scripted:
    """A listening upstream; every connection runs `script`, and is closed when that returns."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.connections = 0
        self.errors: list[BaseException] = []

    async def start(self, **options: object) -> str:
        self._server = await asyncio.start_server(self._run, "127.0.0.1", 0, **options)
        scheme = "https" if options.get("ssl") else "http"
        return f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.close()
        if self.errors:
            raise self.errors[0]

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._script(Peer(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except Exception as error:
            self.errors.append(error)
        finally:
            writer.close()


@pytest.fixture
async def upstream():
    """Starts upstreams by script: `await upstream(script)` gives the URL."""
    started: list[Scripted] = []

    async def start(script: Script, **options: object) -> str:
        server = Scripted(script)
        started.append(server)
        return await server.start(**options)

    start.servers = started
    yield start
    for server in started:
        await server.stop()
