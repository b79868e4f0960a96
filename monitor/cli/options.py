"""Options that several commands share, and the settings they make."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from monitor.settings import Settings, load

Config = Annotated[
    str | None,
    typer.Option("--config", help="TOML file; every key is also an environment variable."),
]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", help="redis://HOST:PORT/DB; without it the embedded store is used."),
]
DataDir = Annotated[
    str | None,
    typer.Option("--data-dir", help="Folder of the embedded store, shared by the roles."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
PolicyFile = Annotated[
    str | None, typer.Option("--policy", help="TOML file with a policy to judge by.")
]


def settings_from(
    config: str | None, store: str | None = None, data_dir: str | None = None, **gateway: Any
) -> Settings:
    """Settings of the file and the environment, with what was given on the command line on top.

    Keyword arguments are keys of `[gateway]`; None leaves a key as it is.

    Raises
    ------
    SettingsError
        The file or a variable is wrong.
    """
    settings = load(config)
    given = {key: value for key, value in gateway.items() if value is not None}
    return replace(
        settings,
        gateway=replace(settings.gateway, **given),
        store=replace(
            settings.store,
            url=settings.store.url if store is None else store,
            data_dir=settings.store.data_dir if data_dir is None else data_dir,
        ),
    )


def log_to_stderr(level: int = logging.INFO) -> None:
    """One line per event on standard error, as a supervisor expects it."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )


def announce(what: str) -> Callable[[str, int], None]:
    """Says on standard output where something serves, once it does."""

    def say(host: str, port: int) -> None:
        typer.echo(f"{what} ready on http://{host}:{port}")

    return say
