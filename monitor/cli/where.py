"""Commands that work on the store: the three options that say which, written once."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from monitor.cli.options import Config, DataDir, StoreUrl, settings_from

if TYPE_CHECKING:
    from monitor.settings import Settings
    from monitor.store.base import Store

P = ParamSpec("P")
T = TypeVar("T")

_OPTIONS = {"store": StoreUrl, "data_dir": DataDir, "config": Config}


@dataclass(frozen=True, slots=True)
class Where:
    """Which store, as `--config`, `--store` and `--data-dir` say."""

    config: str | None = None
    store: str | None = None
    data_dir: str | None = None

    def settings(self, **gateway: Any) -> Settings:
        """All settings, with these and keys of `[gateway]` on top; as `settings_from`."""
        return settings_from(self.config, self.store, self.data_dir, **gateway)

    def use(self, do: Callable[[Store], Awaitable[T]]) -> T:
        """What `do` gives of the store, which is opened for it."""
        from monitor.connect import connected_store

        settings = self.settings()

        async def run() -> T:
            async with connected_store(settings.store) as opened:
                return await do(opened)

        return asyncio.run(run())


def on_store(command: Callable[Concatenate[Where, P], T]) -> Callable[..., T]:
    """Give a command `--store`, `--data-dir` and `--config`, and to its first parameter what they say."""
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())[1:]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _OPTIONS.items()
    ]

    @wraps(command)
    def run(**given: Any) -> T:
        where = Where(**{name: given.pop(name) for name in _OPTIONS})
        return command(where, **given)  # type: ignore[call-arg]  # as the signature says

    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    shown = signature.replace(parameters=[*keyword, *options])
    run.__signature__ = shown  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {each.name: each.annotation for each in shown.parameters.values()}
    return run
