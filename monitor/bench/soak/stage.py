"""The processes of a soak, and the reader of its journal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.bench.processes import listening
from monitor.bench.soak.reader import Reader
from monitor.journal.redis import RedisJournal


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each listens."""

    upstream: int
    store: int
    gateway: int


@contextmanager
def processes(ports: Ports, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The gateway, before an upstream; their logs and the spool are in `folder`."""
    upstream = [sys.executable, "-m", "monitor.bench.soak.upstream", str(ports.upstream)]
    gateway = [
        *(sys.executable, "-m", "monitor.cli", "gateway"),
        *("--listen", f"127.0.0.1:{ports.gateway}"),
        *("--upstream", f"http://127.0.0.1:{ports.upstream}"),
        *("--store", f"redis://127.0.0.1:{ports.store}/0"),
    ]
    env = {"SIDEWATCH_STORE_DATA_DIR": str(folder / "data")}
    with (
        listening(upstream, port=ports.upstream, log=folder / "upstream.log"),
        listening(gateway, port=ports.gateway, log=folder / "gateway.log", env=env) as running,
    ):
        yield running


@asynccontextmanager
async def reading(port: int) -> AsyncIterator[Reader]:
    """A reader at work on the journal in the store on `port`."""
    journal = RedisJournal(f"redis://127.0.0.1:{port}/0")
    reader = Reader(journal)
    task = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.close()
