"""`sidewatch api`: serve the HTTP API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from monitor.cli.options import log_to_stderr
from monitor.cli.where import Where, on_store
from monitor.errors import MonitorError


class MissingExtraError(MonitorError):
    """The installation is without the packages of this role."""


@on_store
def api(
    where: Where,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT to serve on.")] = None,
) -> None:
    """Serve incidents, exchanges, scores and statistics over HTTP; the reference is at /docs."""
    try:
        from api.server import serve  # noqa: PLC0415 - FastAPI is for this role alone
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the API needs {error.name}, which is not installed: pip install 'sidewatch[api]'"
        ) from error

    log_to_stderr()
    settings = where.settings()
    if listen:
        settings = replace(settings, api=replace(settings.api, listen=listen))
    asyncio.run(serve(settings, ready=lambda url: typer.echo(f"api ready on {url}")))
