"""`sidewatch gateway` and `sidewatch worker`: one role, for deployments."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

import typer

from monitor.cli.options import announce, log_to_stderr
from monitor.cli.where import Where, on_store
from monitor.settings import Settings, SettingsError, endpoint


@on_store
def gateway(
    where: Where,
    upstream: Annotated[
        str | None, typer.Option(help="URL of the model server, such as http://127.0.0.1:8000.")
    ] = None,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT to accept clients on.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=0, help="Processes that share the work; 0 for one a core.")
    ] = None,
) -> None:
    """Stand in the request path: pass everything on, record what passes."""
    log_to_stderr()
    settings = where.settings(upstream=upstream, listen=listen, processes=processes)
    if not settings.gateway.upstream:
        raise SettingsError("no upstream: give --upstream URL or [gateway] upstream")
    endpoint(settings.gateway.listen, where="gateway.listen")
    from monitor.cli.serving import serve_alone, serve_together
    from monitor.gateway.processes.cores import usable

    count = settings.gateway.processes or usable()
    if count == 1:
        serve_alone(settings)
    else:
        raise typer.Exit(serve_together(settings, count))


@on_store
def worker(
    where: Where,
    metrics_listen: Annotated[
        str | None, typer.Option(help="HOST:PORT of the worker's own metrics.")
    ] = None,
) -> None:
    """Read the journal and run the detectors; start as many as the traffic needs."""
    log_to_stderr()
    settings = where.settings()
    if metrics_listen:
        settings = replace(settings, worker=replace(settings.worker, metrics_listen=metrics_listen))
    _run_until_signal(_worker(settings))


async def _worker(settings: Settings) -> None:
    from monitor.connect import connected_journal, connected_store
    from monitor.pipeline.worker import work

    async with (
        connected_journal(settings.store) as journal,
        connected_store(settings.store) as store,
    ):
        await work(settings, journal, store, ready=announce("worker metrics"))


def _run_until_signal(main: Coroutine[Any, Any, None]) -> None:
    """Run it; SIGINT and SIGTERM end it in good order."""

    async def guarded() -> None:
        task = asyncio.ensure_future(main)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(guarded())
