"""The gateway as a process: listens, keeps time, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator

from monitor.gateway.client import ClientConnection
from monitor.gateway.errors import GatewayError
from monitor.gateway.recording.tap import Tap
from monitor.gateway.request import RequestReader
from monitor.gateway.shared import Shared
from monitor.gateway.upstreams.routes import Routes, routes_of
from monitor.gateway.who import Identify
from monitor.journal.base import Journal
from monitor.journal.spool.place import SpoolPlace
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import GatewaySettings, SettingsError, endpoint

log = logging.getLogger(__name__)

_BACKLOG = 4_096
_FLUSH_SECONDS = 3.0
_LONGEST_TICK = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def serve(
    settings: GatewaySettings,
    journal: Journal,
    *,
    ready: Callable[[str, int], None] | None = None,
    metrics: GatewayMetrics | None = None,
    reuse_port: bool = False,
    spool: SpoolPlace | None = None,
) -> None:
    """Run the gateway until it is cancelled or told to stop by SIGTERM or SIGINT.

    On the first signal it takes no more connections and lets requests under way finish for
    `drain_timeout` seconds; on a second it ends at once. `ready` is called with host and port when
    connections are accepted; port 0 picks a free one. Cancelling ends it at once. With `reuse_port`
    other processes may listen on the address as well, and share its connections. What the journal
    does not take goes to the `spool`.

    Raises
    ------
    GatewayError
        The upstream's URL is wrong, or the address cannot be listened on.
    """
    metrics = metrics or GatewayMetrics()
    routes = routes_of(settings)
    shared = Shared(
        settings=settings,
        reader=RequestReader(routes, Identify(settings)),
        tap=Tap(journal, bound=settings.queue_size, metrics=metrics, spool=spool),
        metrics=metrics,
    )
    metrics.gauge("requests_in_flight", "Requests under way.", lambda: shared.active)
    metrics.gauge("client_connections", "Open client connections.", lambda: len(shared.clients))
    metrics.gauge("tunnels", "Connections that changed protocol.", lambda: shared.tunnels)
    server = await _listen(shared, reuse_port=reuse_port)
    shared.tap.start()
    clock = asyncio.create_task(_keep_time(shared, routes), name="gateway-clock")
    try:
        with _stop_signals() as signals:
            host, port = server.sockets[0].getsockname()[:2]
            if ready is not None:
                ready(host, port)
            await signals.get()
            await _drain(shared, server, signals)
    finally:
        server.close()
        clock.cancel()
        for client in list(shared.clients):
            client.abort()
        routes.close()
        await shared.tap.close(within=_FLUSH_SECONDS)


async def _listen(shared: Shared, *, reuse_port: bool) -> asyncio.Server:
    try:
        host, port = endpoint(shared.settings.listen, where="gateway.listen")
    except SettingsError as error:
        raise GatewayError(str(error)) from error
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            lambda: ClientConnection(shared),
            host,
            port,
            backlog=_BACKLOG,
            reuse_port=reuse_port or None,
        )
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise GatewayError(
            f"cannot listen on {shared.settings.listen}: {reason}. "
            "Stop what uses the port, or give another with --listen HOST:PORT."
        ) from error


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Queue[signal.Signals]]:
    """A queue of the signals that ask the process to stop; their old handling afterwards.

    Outside the main thread no signal can be caught: there, only cancelling stops the gateway.
    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    caught = []
    for number in _SIGNALS:
        with contextlib.suppress(ValueError, RuntimeError):
            loop.add_signal_handler(number, signals.put_nowait, number)
            caught.append(number)
    try:
        yield signals
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def _drain(
    shared: Shared, server: asyncio.Server, signals: asyncio.Queue[signal.Signals]
) -> None:
    """Let requests under way finish, until the time is up or a second signal comes."""
    shared.draining = True
    server.close()
    for client in list(shared.clients):
        client.drain()
    log.info("stopping; %d requests under way", shared.active)
    again = asyncio.create_task(signals.get())
    until = time.monotonic() + shared.settings.drain_timeout
    while shared.clients and not again.done() and time.monotonic() < until:
        await asyncio.wait({again}, timeout=0.05)
    again.cancel()


async def _keep_time(shared: Shared, routes: Routes) -> None:
    """Look after every limit of time: cheaper than one timer for each, and exact to a tick."""
    settings = shared.settings
    shortest = min(
        *(settings.header_timeout, settings.idle_timeout, settings.read_timeout),
        *(settings.send_timeout, settings.stall_after),
    )
    tick = min(_LONGEST_TICK, shortest / 4)
    while True:
        await asyncio.sleep(tick)
        now = time.monotonic()
        for client in list(shared.clients):
            try:
                client.check(now)
            except Exception:
                log.exception("a connection could not be looked after")
                client.abort()
        routes.expire(now)
