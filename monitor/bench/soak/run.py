"""A soak from its start to its verdict."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from monitor.bench import BenchError, machine
from monitor.bench.accounts import Accounts, read_accounts
from monitor.bench.processes import free_port
from monitor.bench.soak import verdict
from monitor.bench.soak.client import Clients
from monitor.bench.soak.ledger import Ledger
from monitor.bench.soak.mixture import draw
from monitor.bench.soak.outages import Outage, Store, planned, suffer
from monitor.bench.soak.reader import Reader
from monitor.bench.soak.sampling import Sample, sample_all, take
from monitor.bench.soak.stage import Ports, processes, reading

_NICE = 5
_MOST_AT_ONCE = 200
_END_SECONDS = 90.0
_POLL = 0.2
_LAST_WORDS = 2_000
Tell = Callable[[float, Sample | None], None]


@dataclass(frozen=True, slots=True)
class Soak:
    """How long, in seconds, how many requests a second, and the seed of all chance."""

    seconds: float = 1800.0
    rate: float = 20.0
    seed: int = 1


def soak(plan: Soak, *, tell: Tell) -> dict[str, Any]:
    """Run it; the whole document, with `checks` that say whether it was good.

    `tell` hears the seconds gone by and the latest sample. Processes run at a lower priority.

    Raises
    ------
    BenchError
        A process does not start, or the gateway ended before it was to.
    """
    machine.require_linux()
    machine.allow_many_files()
    os.nice(_NICE)
    with tempfile.TemporaryDirectory(prefix="sidewatch-soak-") as folder:
        return uvloop.run(_Run(plan, Path(folder), tell).run())


class _Run:
    def __init__(self, plan: Soak, folder: Path, tell: Tell) -> None:
        self._plan = plan
        self._folder = folder
        self._tell = tell
        self._chance = random.Random(plan.seed)
        self._ports = Ports(free_port(), free_port(), free_port())
        self._ledger = Ledger()
        self._samples: list[Sample] = []
        self._outages: list[Outage] = planned(plan.seconds, self._chance)

    async def run(self) -> dict[str, Any]:
        began = machine.describe()
        store = Store(self._ports.store, self._folder)
        try:
            await store.start()
            with processes(self._ports, self._folder) as gateway:
                async with reading(self._ports.store) as reader:
                    checks, accounts = await self._measure(gateway, store, reader)
        finally:
            store.stop()
        return self._document(began, checks, accounts)

    async def _measure(
        self, gateway: subprocess.Popen[bytes], store: Store, reader: Reader
    ) -> tuple[list[verdict.Check], Accounts]:
        port, began = self._ports.gateway, time.monotonic()
        every = max(0.5, self._plan.seconds / 360)
        sampling = asyncio.create_task(sample_all(gateway.pid, port, began, every, self._samples))
        suffering = asyncio.create_task(suffer(store, self._outages))
        try:
            await self._load(began)
            await suffering
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
        if gateway.poll() is not None:
            raise BenchError(f"the gateway ended with {gateway.returncode}; {self._last_words()}")
        await self._settle(reader)
        at_rest = await take(gateway.pid, port, began)
        accounts = await asyncio.to_thread(read_accounts, port)
        ledger = self._ledger
        checks = [
            *verdict.accounted(ledger, accounts, reader.ids),
            verdict.untouched(ledger),
            *verdict.flat(self._samples, at_rest),
        ]
        return checks, accounts

    async def _load(self, began: float) -> None:
        """Requests at random moments, `rate` a second on average, whatever becomes of them."""
        clients = Clients(self._ports.gateway, self._ledger, self._chance)
        running: set[asyncio.Task[None]] = set()
        due = began
        while (now := time.monotonic()) < began + self._plan.seconds:
            due += self._chance.expovariate(self._plan.rate)
            await asyncio.sleep(max(0.0, due - now))
            if len(running) < _MOST_AT_ONCE:
                task = asyncio.create_task(clients.send(draw(self._chance)))
                running.add(task)
                task.add_done_callback(running.discard)
            self._tell(now - began, self._samples[-1] if self._samples else None)
        await asyncio.gather(*running)
        await clients.close()

    async def _settle(self, reader: Reader) -> None:
        """Return once nothing waits any more, neither in the gateway nor in the journal."""
        deadline = time.monotonic() + _END_SECONDS
        while time.monotonic() < deadline:
            accounts = await asyncio.to_thread(read_accounts, self._ports.gateway)
            waiting = ("queue_depth", "spool_exchanges", "requests_in_flight")
            if not any(accounts[name] for name in waiting) and await reader.is_empty():
                return
            await asyncio.sleep(_POLL)
        # What still waits is told by the checks.

    def _last_words(self) -> str:
        return (self._folder / "gateway.log").read_text(errors="replace")[-_LAST_WORDS:]

    def _document(
        self, began: dict[str, Any], checks: list[verdict.Check], accounts: Accounts
    ) -> dict[str, Any]:
        plan, ledger = self._plan, self._ledger
        return {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": began,
            "load_average_after": machine.describe()["load_average"],
            "plan": {"seconds": plan.seconds, "rate": plan.rate, "seed": plan.seed},
            "good": all(check.good is not False for check in checks),
            "checks": checks,
            "outcomes": dict(ledger.outcomes),
            "wrong": ledger.wrong,
            "outages": [
                {"at": each.at, "kind": each.kind, "length": each.length} for each in self._outages
            ],
            "metrics": accounts.all(),
            "samples": self._samples,
        }
