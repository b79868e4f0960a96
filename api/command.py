"""`sidewatch api`: serve the HTTP API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from monitor.cli.options import Config, DataDir, StoreUrl, log_to_stderr, settings_from
from monitor.errors import MonitorError


class MissingExtraError(MonitorError):
    """The installation is without the packages of this role."""


def api(
    listen: Annotated[str | None, typer.Option(help="HOST:PORT to serve on.")] = None,
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Serve incidents, exchanges, scores and statistics over HTTP; the reference is at /docs."""
    try:
        from api.server import serve  # noqa: PLC0415 - FastAPI is for this role alone
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the API needs {error.name}, which is not installed: pip install 'sidewatch[api]'"
        ) from error

    log_to_stderr()
    settings = settings_from(config, store, data_dir)
    if listen:
        settings = replace(settings, api=replace(settings.api, listen=listen))
    asyncio.run(serve(settings, ready=lambda url: typer.echo(f"api ready on {url}")))
