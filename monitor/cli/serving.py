"""The gateway's processes, put together: one, or several that share an address and their numbers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import uvloop

from monitor.cli import BAD
from monitor.cli.options import announce
from monitor.connect import connected_journal, spool_place
from monitor.errors import MonitorError
from monitor.gateway.memory import kept_flat
from monitor.gateway.processes.address import held
from monitor.gateway.processes.parent import Processes
from monitor.gateway.processes.pulse import pulse
from monitor.gateway.server import serve
from monitor.metrics.cells import Rows
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import Settings

_Ready = Callable[[str, int], None]


def serve_alone(settings: Settings) -> None:
    """Run the gateway in this process."""
    uvloop.run(_serve(settings, GatewayMetrics(), announce("gateway")))


def serve_together(settings: Settings, count: int) -> int:
    """Run it in `count` processes of which this is the parent; the exit code.

    Raises
    ------
    GatewayError
        The address cannot be listened on.
    """
    with held(settings.gateway.listen) as (host, port):
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        settings = replace(settings, gateway=replace(settings.gateway, listen=shown))
        rows = Rows(count + 1)
        return Processes(
            count,
            rows,
            partial(_serve_row, settings, rows),
            patience=settings.gateway.drain_timeout,
            ready=partial(announce("gateway"), host, port),
        ).run()


def _serve_row(settings: Settings, rows: Rows, row: int, told: Callable[[], None]) -> int:
    """One of several processes."""
    metrics = GatewayMetrics(rows, row)
    metrics.settle()
    try:
        uvloop.run(_serve(settings, metrics, lambda *_: told(), reuse_port=True))
    except MonitorError as error:
        sys.stderr.write(f"sidewatch: {error}\n")
        return BAD
    return 0


async def _serve(
    settings: Settings, metrics: GatewayMetrics, ready: _Ready, *, reuse_port: bool = False
) -> None:
    def serving(host: str, port: int) -> None:
        metrics.open()
        ready(host, port)

    async with connected_journal(settings.store) as journal, pulse(metrics), kept_flat():
        await serve(
            settings.gateway,
            journal,
            ready=serving,
            metrics=metrics,
            reuse_port=reuse_port,
            spool=spool_place(settings),
        )
