"""One role's use of the embedded server."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from monitor.embedded import binary, guardian
from monitor.embedded.places import EmbeddedError, Places

_LOG = logging.getLogger(__name__)
_POLL = 0.02
_PING_EVERY = 1.0
_PING_TIMEOUT = 2.0


class EmbeddedValkey:
    """The server of a data directory, started here or by another role.

    From `start` to `stop` a task looks every second whether it answers and starts it anew where
    its guardian was killed. Between the two, `url` is where clients find it.

    `max_memory` is in bytes; without it, a quarter of the memory there is. `fsync` is the server's
    `appendfsync`. Both count for whoever starts the server. `timeout` bounds, in seconds, the start of a server and its end; the time that
    a large append-only file takes to load is not counted.
    """

    def __init__(
        self,
        data_dir: str,
        *,
        max_memory: int | None = None,
        fsync: str = "everysec",
        timeout: float = 30.0,
    ) -> None:
        self._data_dir = data_dir
        self._max_memory = max_memory
        self._fsync = fsync
        self._timeout = timeout
        self._places: Places | None = None
        self._use: int | None = None
        self._guardian: int | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._socket = Path()

    @property
    def url(self) -> str:
        """What to give to a client."""
        return f"unix://{quote(str(self._socket))}"

    async def start(self) -> None:
        """Return once a server of the data directory answers.

        Raises
        ------
        EmbeddedError
            It cannot be started; the message has the end of its log.
        """
        self._places = Places.of(self._data_dir)
        try:
            await self._join(self._places)
            await self._ensure(self._places)
        except BaseException:
            self._leave()
            raise
        self._keeper = asyncio.create_task(self._keep(self._places), name="embedded store")

    async def stop(self) -> None:
        """Stop using the server; if nobody else does, return once it has ended cleanly."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._use is None or self._places is None:
            return
        self._leave()
        deadline = time.monotonic() + self._timeout
        while not self._places.server_is_gone() and time.monotonic() < deadline:
            if self._places.others_use_it():
                return
            await asyncio.sleep(_POLL)
        self._reap()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _join(self, places: Places) -> None:
        """Become a user; while an old server is being ended, wait for that."""
        self._use = places.open_users()
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(self._use, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"{places.folder}: the server before does not end; see {places.log}"
                    ) from None
                await asyncio.sleep(_POLL)
            else:
                return

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    async def _ensure(self, places: Places) -> None:
        """Return once the server answers, and have one started where none runs."""
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            self._socket = places.socket() or Path()
            answer = await _ping(self._socket)
            if answer.startswith(b"+PONG"):
                return
            if answer.startswith(b"-LOADING"):
                deadline = time.monotonic() + self._timeout
            self._check_guardian(places)
            if self._guardian is None and places.server_is_gone():
                self._spawn(places)
            await asyncio.sleep(_POLL)
        raise EmbeddedError(
            f"{places.folder}: its server does not answer on {self._socket}; if it runs in another "
            f"container, give both the same --store. The log ends with:\n{places.last_words()}"
        )

    def _spawn(self, places: Places) -> None:
        places.shorten_log()
        memory = self._max_memory or binary.default_memory()
        server = binary.command(places, places.next_socket(), memory, self._fsync)
        locks = [str(places.lock), str(places.users)]
        log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._guardian = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", str(guardian.__file__), *locks, *server],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(places.log), log, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def _check_guardian(self, places: Places) -> None:
        status = self._reap()
        if status is not None and status > 0 and status != guardian.TAKEN:
            raise EmbeddedError(
                f"the embedded server does not start; {places.log} ends with:\n"
                f"{places.last_words()}"
            )

    def _reap(self) -> int | None:
        """The exit status of our guardian, once it has ended."""
        if self._guardian is None:
            return None
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(self._guardian, os.WNOHANG)
            if pid == 0:
                return None
            self._guardian = None
            return os.waitstatus_to_exitcode(status)
        self._guardian = None
        return 0

    async def _keep(self, places: Places) -> None:
        while True:
            await asyncio.sleep(_PING_EVERY)
            try:
                await self._ensure(places)
            except (EmbeddedError, OSError):
                _LOG.exception("the embedded store is away; trying again")


async def _ping(socket: Path) -> bytes:
    """The first bytes of the answer; none from a server that is not there."""
    try:
        async with asyncio.timeout(_PING_TIMEOUT):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(b"PING\r\n")
                return await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
