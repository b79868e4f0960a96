"""What alerts cost: the way of one message, a flood, many groups, and a worker that takes over.

    python -m benchmarks.alerts.run [--incidents N] [--out FOLDER]

The store is the embedded server in a temporary folder, the webhook a server in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from monitor.alerts.channels.opening import open_channels
from monitor.alerts.deliverer import Deliverer
from monitor.alerts.settings import AlertSettings, ChannelSettings, RouteSettings
from monitor.alerts.state import TASK
from monitor.embedded import EmbeddedValkey
from monitor.incidents.events import Signature, events_between
from monitor.incidents.incident import Incident
from monitor.metrics.alerts import AlertMetrics
from monitor.store.redis import RedisStore

SINGLE = 200
AT_ONCE = 100
RATE = 6_000.0


class Hook:
    """A webhook that keeps how many incidents each message told of."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        counts = self.counts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                counts.append(json.loads(body)["count"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Requests are not news."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


@dataclass
class Bench:
    """A store, a webhook, and how alerts are to go from one to the other."""

    store: RedisStore
    hook: Hook
    settings: AlertSettings

    def deliverer(self, name: str) -> Deliverer:
        """One that has not begun yet."""
        return Deliverer(
            self.store,
            self.settings,
            open_channels(self.settings),
            AlertMetrics(CollectorRegistry(), channels=list(self.settings.channels)),
            name=name,
            lease=60.0,
        )

    async def begin(self, name: str) -> None:
        """Save an incident of a fingerprint of its own, with its event."""
        now = time.time()
        incident = Incident(
            id=name,
            fingerprint=name,
            detector="latency",
            kind="slower_ttft",
            rule="latency.shift",
            severity="warning",
            title="latency: slower ttft on m",
            model="m",
            first_seen=now,
            last_seen=now,
            score=2.0,
            threshold=1.0,
        )
        events = events_between(None, incident, Signature("", now))
        await self.store.save_incident(incident, expected_version=0, events=events)

    async def single(self) -> list[float]:
        """Milliseconds from an incident until the webhook has its message, one after another."""
        times = []
        for number in range(SINGLE):
            before, began = len(self.hook.counts), time.perf_counter()
            await self.begin(f"single-{number}")
            while len(self.hook.counts) == before:
                await asyncio.sleep(0.001)
            times.append((time.perf_counter() - began) * 1e3)
        return times

    async def flood(self, incidents: int) -> dict[str, float]:
        """Incidents that all begin at once."""
        before, began = len(self.hook.counts), time.perf_counter()
        for start in range(0, incidents, AT_ONCE):
            names = (f"flood-{n}" for n in range(start, start + AT_ONCE))
            await asyncio.gather(*(self.begin(name) for name in names))
        saved = time.perf_counter()
        last = await self._quiet()
        return {
            "incidents": incidents,
            "seconds to save them": saved - began,
            "seconds until the last message": last - began,
            "messages": len(self.hook.counts) - before,
            "incidents in them, some twice": sum(self.hook.counts[before:]),
        }

    async def _quiet(self) -> float:
        """When the last message came, once there has been none for three seconds."""
        seen, at = len(self.hook.counts), time.perf_counter()
        while time.perf_counter() - at < 3.0:
            await asyncio.sleep(0.05)
            if len(self.hook.counts) > seen:
                seen, at = len(self.hook.counts), time.perf_counter()
        return at


async def measure(incidents: int) -> dict[str, Any]:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="sw") as folder:
        server = EmbeddedValkey(folder)
        await server.start()
        store, hook = RedisStore(server.url), Hook()
        channels = {"hook": ChannelSettings(kind="webhook", url=hook.url, rate=RATE)}
        route = RouteSettings(channels=["hook"], group_wait=0.0, group_interval=0.0)
        bench = Bench(store, hook, AlertSettings(channels=channels, routes=[route]))
        await bench.begin("warm")
        first = asyncio.create_task(bench.deliverer("first").run())
        while not hook.counts:
            await asyncio.sleep(0.01)
        single = await bench.single()
        flood = await bench.flood(incidents)
        first.cancel()
        await asyncio.wait([first])
        second, began = bench.deliverer("second"), time.perf_counter()
        await second.step()
        taken_over = time.perf_counter() - began
        kept = await store.load_checkpoint(TASK)
        await store.close()
        await server.stop()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "single message, ms p50": statistics.median(single),
        "single message, ms p99": statistics.quantiles(single, n=100)[98],
        **flood,
        "saved state, bytes": len(kept[1]) if kept else 0,
        "taken over, s": taken_over,
        "memory, MB": memory,
    }


def shown(value: float) -> str:
    """A number as a table has it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    """Measure, print, and keep the result if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    found = asyncio.run(measure(arguments.incidents))
    page = [
        "# Alerts",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}; an embedded Valkey, {SINGLE} single",
        f"messages, a webhook on the same machine that takes {RATE:,.0f} a minute.",
        "Made by `python -m benchmarks.alerts.run`.",
        "",
        "| what | |",
        "|---|---|",
        *(f"| {name} | {shown(value)} |" for name, value in found.items()),
    ]
    print("\n".join(page))
    if arguments.out:
        name = arguments.out / f"alerts-{time.strftime('%Y-%m-%d')}"
        name.with_suffix(".md").write_text("\n".join(page) + "\n")
        name.with_suffix(".json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
