"""`sidewatch gateway` and `sidewatch worker`: one role, for deployments."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

import typer

from monitor.cli.options import Config, DataDir, StoreUrl, log_to_stderr, settings_from
from monitor.settings import Settings, SettingsError, endpoint

_GC_THRESHOLD = 20_000


def gateway(
    upstream: Annotated[
        str | None, typer.Option(help="URL of the model server, such as http://127.0.0.1:8000.")
    ] = None,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT to accept clients on.")] = None,
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Stand in the request path: pass everything on, record what passes."""
    log_to_stderr()
    settings = settings_from(config, store, data_dir, upstream=upstream, listen=listen)
    if not settings.gateway.upstream:
        raise SettingsError("no upstream: give --upstream URL or [gateway] upstream")
    endpoint(settings.gateway.listen, where="gateway.listen")
    import uvloop

    uvloop.run(_gateway(settings))


def worker(
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
    metrics_listen: Annotated[
        str | None, typer.Option(help="HOST:PORT of the worker's own metrics.")
    ] = None,
) -> None:
    """Read the journal and run the detectors; start as many as the traffic needs."""
    log_to_stderr()
    settings = settings_from(config, store, data_dir)
    if metrics_listen:
        settings = replace(settings, worker=replace(settings.worker, metrics_listen=metrics_listen))
    _run_until_signal(_worker(settings))


async def _gateway(settings: Settings) -> None:
    from monitor.connect import connected_journal, spool_place
    from monitor.gateway.server import serve

    # What is loaded by now stays, and hardly anything of a request is cyclic: looking for garbage
    # every few dozen requests, through everything that was imported, finds nothing.
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    async with connected_journal(settings.store) as journal:
        await serve(
            settings.gateway, journal, ready=_announce("gateway"), spool=spool_place(settings)
        )


async def _worker(settings: Settings) -> None:
    from monitor.connect import connected_journal, connected_store
    from monitor.pipeline.worker import work

    async with (
        connected_journal(settings.store) as journal,
        connected_store(settings.store) as store,
    ):
        await work(settings, journal, store, ready=_announce("worker metrics"))


def _announce(what: str) -> Callable[[str, int], None]:
    def announce(host: str, port: int) -> None:
        typer.echo(f"{what} ready on http://{host}:{port}")

    return announce


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
