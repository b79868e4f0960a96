"""A gateway on this test's loop, before any upstream, with the journal it writes to."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest

from monitor.exchange import jsonl
from monitor.exchange.model import Exchange
from monitor.gateway.server import serve
from monitor.journal.memory import MemoryJournal
from monitor.settings import GatewaySettings


@dataclass
class Running:
    """A gateway that serves."""

    host: str
    port: int
    journal: MemoryJournal
    task: asyncio.Task[None]
    seen: list[Exchange] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def exchanges(self, count: int) -> list[Exchange]:
        """All exchanges so far, once there are at least `count`; fails after ten seconds."""
        async with asyncio.timeout(10):
            while len(self.seen) < count:
                entries = await self.journal.read("test", count=1_000, wait=0.5)
                self.seen += [jsonl.decode(entry.data) for entry in entries]
        return list(self.seen)

    async def only_exchange(self) -> Exchange:
        """The one exchange; a second one would have come with it."""
        (exchange,) = await self.exchanges(1)
        return exchange

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection."""
        return await asyncio.open_connection(self.host, self.port)

    async def raw(self, request: bytes) -> bytes:
        """Send bytes; everything that comes back until the gateway closes."""
        reader, writer = await self.open()
        writer.write(request)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer

    async def metrics(self) -> dict[str, float]:
        answer = await self.raw(
            b"GET /_sidewatch/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        lines = answer.partition(b"\r\n\r\n")[2].decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture
async def gateway():
    """Starts gateways: `await gateway(upstream_url, read_timeout=1.0)`."""
    started: list[Running] = []

    async def start(upstream: str, *, journal=None, spool=None, **settings: object) -> Running:
        journal = journal or MemoryJournal()
        options = {"listen": "127.0.0.1:0", "upstream": upstream, **settings}
        address = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            serve(
                GatewaySettings(**options),
                journal,
                spool=spool,
                ready=lambda host, port: address.set_result((host, port)),
            )
        )
        await asyncio.wait({task, address}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        running = Running(*await address, journal, task)
        started.append(running)
        return running

    yield start
    for running in started:
        await running.stop()
