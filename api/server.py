"""Running the API on a socket until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import uvicorn

from api.app import create_app
from api.guard.auth import check_exposure
from api.scoring.explaining import LazyExplainer
from api.scoring.scorer import LazyScorer
from monitor.connect import open_journal, open_store
from monitor.errors import MonitorError
from monitor.settings import Settings, endpoint

_DRAIN = 10


class ListenError(MonitorError):
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    """Tells when it is ready and when it is about to end, and leaves the signals to us."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM as a request to finish, with exit code 0."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._finish)
        yield
        for number in signals:
            loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()

    def _finish(self) -> None:
        self.should_exit = True
        self._ending()


async def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` gets the URL once requests are taken.

    Raises
    ------
    SettingsError
        The address is wrong, or not a loopback address while there is no key.
    ListenError
        The address is taken or not this machine's.
    """
    check_exposure(settings.api)
    with _listen(settings.api.listen) as listener:
        async with AsyncExitStack() as exits:
            journal = await open_journal(settings.store)
            exits.push_async_callback(journal.close)
            store = await open_store(settings.store)
            exits.push_async_callback(store.close)
            scorer = LazyScorer(settings.policy.safety)
            explain = LazyExplainer(scorer, settings)
            app = create_app(store, journal, settings, scorer, explain=explain)
            config = uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_DRAIN,
            )
            end_streams = app.state.context.streams.close
            server = _Server(config, lambda: ready(_url(listener)), end_streams)
            await server.serve([listener])


def _listen(address: str) -> socket.socket:
    host, port = endpoint(address, where="api.listen")
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
    except OSError as error:
        raise ListenError(
            f"cannot listen on {address}: {error.strerror}; "
            "choose another address with --listen or [api] listen"
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
