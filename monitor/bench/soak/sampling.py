"""Samples of the gateway's processes and metrics, every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

import msgspec

from monitor.bench import machine
from monitor.bench.accounts import read_accounts

_WARM = 0.2


class Sample(msgspec.Struct, frozen=True):
    """The gateway at one moment, in seconds from the start, bytes and exchanges."""

    at: float
    resident: int
    proportional: int
    files: int
    cpu: float
    seen: float
    recorded: float
    dropped: float
    queued: float
    spooled: float
    in_flight: float


async def take(pid: int, port: int, began: float) -> Sample:
    """One sample."""
    return await asyncio.to_thread(_take, pid, port, began)


def _take(pid: int, port: int, began: float) -> Sample:
    pids = machine.family(pid)
    accounts = read_accounts(port)
    return Sample(
        at=time.monotonic() - began,
        resident=machine.resident_bytes(pids),
        proportional=machine.proportional_bytes(pids),
        files=machine.open_files(pids),
        cpu=machine.cpu_seconds(pids),
        seen=accounts["exchanges_seen_total"],
        recorded=accounts["exchanges_recorded_total"],
        dropped=accounts["exchanges_dropped_total"],
        queued=accounts["queue_depth"],
        spooled=accounts["spool_exchanges"],
        in_flight=accounts["requests_in_flight"],
    )


async def sample_all(pid: int, port: int, began: float, every: float, into: list[Sample]) -> None:
    """Take samples until cancelled; one that is not answered in time is missing."""
    while True:
        with contextlib.suppress(OSError):
            into.append(await take(pid, port, began))
        await asyncio.sleep(every)


def growth(xs: Sequence[float], ys: Sequence[float]) -> float:
    """How much of its value a line fitted to the last four fifths grows by, as a share."""
    first = int(len(xs) * _WARM)
    times, values = xs[first:], ys[first:]
    if len(times) < 2:
        return 0.0
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((x - middle) ** 2 for x in times)
    products = ((x - middle) * (y - mean) for x, y in zip(times, values, strict=True))
    slope = sum(products) / spread
    start = mean + slope * (times[0] - middle)
    return slope * (times[-1] - times[0]) / start if start else 0.0
