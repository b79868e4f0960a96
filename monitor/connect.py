"""Journal and store as the settings say.

`store.url` is redis://, rediss:// or unix:// for a server, memory:// for this process alone (each
call then gives an empty one), or empty for the embedded server of the data directory, which ends
when the last journal or store on it is closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.embedded import EmbeddedValkey
from monitor.journal.base import Journal, JournalError
from monitor.journal.memory import MemoryJournal
from monitor.journal.redis import RedisJournal
from monitor.journal.spool.place import SpoolPlace
from monitor.link import Link
from monitor.settings import Settings, SettingsError, StoreSettings

if TYPE_CHECKING:
    from monitor.store.base import Store

_SERVERS = ("redis://", "rediss://", "unix://")
_MEMORY = "memory://"
_PATIENCE = 5.0


async def open_journal(settings: StoreSettings) -> Journal:
    """The journal; imports nothing that a gateway does not need.

    Raises
    ------
    SettingsError
        The URL is of another kind.
    EmbeddedError
        The embedded server cannot be started.
    """
    if settings.url == _MEMORY:
        return MemoryJournal(limit=settings.journal_max)
    if settings.url:
        return RedisJournal(_checked(settings.url), limit=settings.journal_max)
    server = EmbeddedValkey(settings.data_dir, fsync=settings.fsync)
    await server.start()
    return RedisJournal(server.url, limit=settings.journal_max, closing=server.stop)


def spool_place(settings: Settings) -> SpoolPlace | None:
    """Where a gateway spools what the journal does not take; None if it does not.

    A journal in memory ends with its process: nothing would be left to spool for.
    """
    spool, store = settings.spool, settings.store
    if not spool.max_bytes or store.url == _MEMORY:
        return None
    folder = spool.folder or str(Path(store.data_dir) / "spool")
    url = urlsplit(store.url)
    return SpoolPlace(
        root=Path(folder).expanduser().resolve(),
        # Another password is the same store.
        store=url._replace(netloc=url.netloc.rpartition("@")[2]).geturl(),
        max_bytes=spool.max_bytes,
        max_age=spool.max_age,
    )


async def open_store(settings: StoreSettings) -> Store:
    """The store.

    Raises
    ------
    SettingsError
        The URL is of another kind.
    EmbeddedError
        The embedded server cannot be started.
    """
    if settings.url == _MEMORY:
        from monitor.store.memory import MemoryStore  # noqa: PLC0415 - NumPy: not in a gateway

        return MemoryStore()
    from monitor.store.redis import RedisStore  # noqa: PLC0415 - the same

    if settings.url:
        return RedisStore(_checked(settings.url))
    server = EmbeddedValkey(settings.data_dir, fsync=settings.fsync)
    await server.start()
    return RedisStore(server.url, closing=server.stop)


@asynccontextmanager
async def connected_journal(settings: StoreSettings) -> AsyncIterator[Journal]:
    """`open_journal`, closed on leaving."""
    journal = await open_journal(settings)
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def connected_store(settings: StoreSettings) -> AsyncIterator[Store]:
    """`open_store`, closed on leaving."""
    store = await open_store(settings)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def connected_server(settings: StoreSettings) -> AsyncIterator[Link | None]:
    """The server itself, to be asked about itself; None where all is in memory.

    Raises
    ------
    SettingsError
        The URL is of another kind.
    EmbeddedError
        The embedded server cannot be started.
    """
    if settings.url == _MEMORY:
        yield None
        return
    closing = None
    url = settings.url
    if not url:
        embedded = EmbeddedValkey(settings.data_dir, fsync=settings.fsync)
        await embedded.start()
        url, closing = embedded.url, embedded.stop
    link = Link(_checked(url), error=JournalError, timeout=_PATIENCE, closing=closing)
    try:
        yield link
    finally:
        await link.close()


def _checked(url: str) -> str:
    if not url.startswith(_SERVERS):
        kinds = ", ".join((*_SERVERS, _MEMORY))
        scheme = url.partition(":")[0]  # what follows may hold a password
        raise SettingsError(
            f"store.url: {scheme!r} is none of {kinds}; such as redis://HOST:6379/0"
        )
    return url
