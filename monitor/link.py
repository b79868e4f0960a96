"""The connection to a Redis or Valkey server that journal and store have in common."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

Argument = str | bytes | int | float

PREFIX = "{sidewatch}"
"""Every key begins with it. The braces put all keys in one slot, as scripts need in a Cluster."""


_AT_ONCE = 32
_MOST_BLOCKED = 1_000


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, sent by its digest and in full only to a server that does not know it."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "digest", digest)

    @classmethod
    def load(cls, package: str, *names: str) -> Script:
        """The files `lua/NAME.lua` of a package, one behind the other: functions before their use."""
        folder = resources.files(package) / "lua"
        return cls("".join((folder / f"{name}.lua").read_text("utf-8") for name in names))


class Link:
    """Commands to one server; every failure is raised as `error`, with its cause.

    A command is sent once: what may have taken effect is not repeated behind the caller's back.
    The next one connects anew where the connection was lost. Blocking reads have connections of
    their own without a read timeout, as redis-py would otherwise cut a block longer than it.

    `timeout` bounds connecting, and each wait for an answer, in seconds. `closing` is awaited when
    the link has been closed: it lets go of what the server needs to live.
    """

    def __init__(
        self,
        url: str,
        *,
        error: type[Exception],
        timeout: float,
        closing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._error = error
        self._closing = closing
        self._timeout = timeout
        self._closed = False
        self._where = _without_password(url)
        try:
            self._quick = _quick_client(url, timeout)
            self._patient = _patient_client(url, timeout)
        except ValueError as cause:
            raise error(f"{self._where}: {cause}; such as redis://HOST:6379/0") from cause

    async def call(self, *command: Argument) -> Any:
        """The server's answer to a command."""
        with self.guard():
            async with asyncio.timeout(self._timeout):
                return await self._quick.execute_command(*command)

    async def call_blocking(self, *command: Argument, wait: float) -> Any:
        """The answer to a command that the server may hold back for `wait` seconds."""
        with self.guard():
            async with asyncio.timeout(wait + 2 * self._timeout):
                return await self._patient.execute_command(*command)

    async def run(
        self, script: Script, keys: Sequence[str] = (), arguments: Sequence[Argument] = ()
    ) -> Any:
        """The answer of a script."""
        tail = (len(keys), *keys, *arguments)
        with self.guard():
            async with asyncio.timeout(self._timeout):
                try:
                    return await self._quick.execute_command("EVALSHA", script.digest, *tail)
                except NoScriptError:
                    return await self._quick.execute_command("EVAL", script.text, *tail)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Raise what goes wrong inside as the link's kind of error."""
        if self._closed:
            raise self._error("the connection is closed")
        try:
            yield
        except (RedisError, OSError) as cause:
            what = str(cause) or type(cause).__name__
            raise self._error(f"{self._where}: {what}") from cause

    async def close(self) -> None:
        """Disconnect; further calls fail."""
        self._closed = True
        await self._quick.aclose()
        await self._patient.aclose()
        if self._closing is not None:
            await self._closing()


def _quick_client(url: str, timeout: float) -> Any:
    """A client whose callers, beyond so many at once, wait for one another.

    Any, as redis-py's own types leave open whether a call is awaited.
    """
    pool = BlockingConnectionPool.from_url(
        url, max_connections=_AT_ONCE, timeout=timeout, **_options(timeout)
    )
    return Redis.from_pool(pool)


def _patient_client(url: str, timeout: float) -> Any:
    """A client for calls that the server holds back: each has a connection of its own."""
    return Redis.from_url(url, max_connections=_MOST_BLOCKED, **_options(timeout))


def _options(timeout: float) -> dict[str, Any]:
    return {
        "protocol": 2,  # half the parsing of RESP3, and no push messages to mistake for answers
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": timeout,
        # Waiting is bounded by us: with a timeout of its own redis-py sends through wait_for,
        # which before Python 3.12 may lose a cancellation, and a worker told to end would run on.
        "socket_timeout": None,
    }


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
