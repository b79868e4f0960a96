"""`sidewatch up`: all three roles and the store, supervised."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.options import log_to_stderr
from monitor.cli.where import Where, on_store
from monitor.settings import SettingsError
from monitor.supervision.stack import Stack


@on_store
def up(
    where: Where,
    upstream: Annotated[
        str | None, typer.Option(help="URL of the model server, such as http://127.0.0.1:8000.")
    ] = None,
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT of the gateway; API and metrics as configured.")
    ] = None,
) -> None:
    """Run gateway, worker and API together, with an embedded store unless --store is given."""
    log_to_stderr(logging.WARNING)
    settings = where.settings(upstream=upstream, listen=listen)
    if not settings.gateway.upstream:
        raise SettingsError(
            "no upstream: give --upstream URL (your model server, such as http://127.0.0.1:8000) "
            "or set [gateway] upstream"
        )
    stopping = stop_on_signals()
    with Stack(settings, config=where.config, stopping=stopping) as stack:
        stack.start()
        Console().print(url_table(stack.urls()))
        stack.run()


def stop_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return stopping


def url_table(urls: dict[str, str]) -> Table:
    """What to look at, as a table without lines."""
    table = Table.grid(padding=(0, 2))
    for what, url in urls.items():
        table.add_row(what, url)
    return table
