"""A Valkey that goes away now and then: killed, ended, or paused; always on the same data."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import subprocess
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import IO

from monitor.bench import BenchError
from monitor.bench.processes import ask_valkey, valkey_command
from monitor.supervision import child

_POLL = 0.05
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_APPEND_ONLY = ("--appendonly", "yes", "--appendfsync", "everysec")


@dataclass(frozen=True, slots=True)
class Outage:
    """What was done to the store, when, and for how long; in seconds from the start."""

    at: float
    kind: str
    length: float


class Store:
    """The server; start it from the main thread, as `child.start` says why."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port = port
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Return once it answers and has loaded its data.

        Raises
        ------
        BenchError
            It does not within half a minute.
        """
        with self._log() as log:
            command = valkey_command(self._port, self._folder, *_APPEND_ONLY)
            self._running = child.start(command, stdout=log, stderr=log)
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError):
                if await asyncio.to_thread(ask_valkey, self._port, "PING") == b"+PONG":
                    return
            await asyncio.sleep(_POLL)
        raise BenchError("the store did not come back within 30 s")

    async def away(self, kind: str, length: float) -> None:
        """Be away for `length` seconds, and answer again."""
        assert self._running is not None
        if kind == "paused":
            self._running.send_signal(signal.SIGSTOP)
            await asyncio.sleep(length)
            self._running.send_signal(signal.SIGCONT)
            return
        self._running.send_signal(signal.SIGKILL if kind == "killed" else signal.SIGTERM)
        await asyncio.to_thread(self._running.wait)
        await asyncio.sleep(length)
        await self.start()

    def stop(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.send_signal(signal.SIGCONT)
            child.stop(self._running, timeout=_STOP_SECONDS)

    def _log(self) -> IO[bytes]:
        return (self._folder / "valkey.log").open("ab")


def planned(seconds: float, chance: random.Random) -> list[Outage]:
    """One outage a minute and two at least, in the middle of the run, of each kind in turn."""
    count = max(2, int(seconds / 60))
    longest = min(10.0, seconds / 8)
    kinds = cycle(("killed", "paused", "ended"))
    return [
        Outage(seconds * (0.15 + 0.7 * n / count), kind, chance.uniform(0.3, 1.0) * longest)
        for n, kind in zip(range(count), kinds, strict=False)
    ]


async def suffer(store: Store, outages: list[Outage]) -> None:
    """Let them happen, each at its time from now."""
    began = asyncio.get_running_loop().time()
    for outage in outages:
        await asyncio.sleep(max(0.0, began + outage.at - asyncio.get_running_loop().time()))
        await store.away(outage.kind, outage.length)
