"""What a measurement does to a contender: load on it, and readings of what that cost."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import uvloop

from monitor.bench import BenchError, load, machine
from monitor.bench.accounts import read_accounts
from monitor.bench.contenders import Contender
from monitor.bench.processes import ask_valkey

_SAMPLE_SECONDS = 0.25
_DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much load: streams at once, chunks a second of each, seconds, plain connections."""

    streams: int = 256
    rate: float = 50.0
    seconds: float = 10.0
    first_token_streams: int = 64
    plain_connections: int = 16

    def chunks(self, seconds: float) -> int:
        """The chunks of a stream that lasts so long."""
        return max(2, int(self.rate * seconds))


def streamed(
    contender: Contender,
    plan: Plan,
    count: int,
    *,
    seconds: float,
    spread: float,
    peaks: list[int] | None = None,
) -> list[load.Streamed]:
    """What `count` streams saw; the contender's resident memory meanwhile goes to `peaks`."""

    async def run() -> list[load.Streamed]:
        watching = asyncio.create_task(_watch_memory(contender, [] if peaks is None else peaks))
        try:
            chunks = plan.chunks(seconds)
            return await load.streams(contender.target, count, chunks=chunks, spread=spread)
        finally:
            watching.cancel()

    return uvloop.run(run())


async def _watch_memory(contender: Contender, peaks: list[int]) -> None:
    while True:
        peaks.append(machine.resident_bytes(contender.pids()))
        await asyncio.sleep(_SAMPLE_SECONDS)


def spent(contender: Contender) -> tuple[float, float, float, float]:
    """CPU seconds of the contender, of its store and of this process, and the time."""
    own = machine.cpu_seconds(contender.pids())
    store = machine.cpu_seconds(contender.store_pids())
    return own, store, time.process_time(), time.monotonic()


def forget(contender: Contender) -> None:
    """Empty its store, which nobody else does here."""
    if contender.store_port is not None:
        ask_valkey(contender.store_port, "FLUSHALL")


def unrecorded(port: int) -> float:
    """Exchanges seen that are not in the journal some seconds after the last one."""
    until = time.monotonic() + _DRAIN_SECONDS
    while (accounts := read_accounts(port))["exchanges_seen_total"]:
        missing = accounts["exchanges_seen_total"] - accounts["exchanges_recorded_total"]
        if not missing or time.monotonic() > until:
            return missing
        time.sleep(_SAMPLE_SECONDS)
    raise BenchError("the gateway says that it has seen no exchange: is recording on?")
