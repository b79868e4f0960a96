"""Doing something with the store from a command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from monitor.cli.options import settings_from

if TYPE_CHECKING:
    from monitor.store.base import Store

T = TypeVar("T")


def with_store(
    do: Callable[[Store], Awaitable[T]],
    config: str | None,
    store: str | None,
    data_dir: str | None,
) -> T:
    """What `do` gives of the store that the options and settings name."""
    from monitor.connect import connected_store

    settings = settings_from(config, store, data_dir)

    async def run() -> T:
        async with connected_store(settings.store) as opened:
            return await do(opened)

    return asyncio.run(run())
