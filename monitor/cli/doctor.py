"""`sidewatch doctor`: what is wrong with an installation."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.options import AsJson
from monitor.cli.output import console, print_json
from monitor.cli.where import Where, on_store

FOUND = 1
_STYLE = {"good": "green", "warning": "yellow", "bad": "bold red", "absent": "dim"}


@on_store
def doctor(
    where: Where,
    upstream: str | None = typer.Option(None, help="URL of the model server to ask."),
    as_json: AsJson = False,
) -> None:
    """Look at an installation: packages, machine, store, baselines, roles, model server.

    Says of each what was found, and how to mend what is wrong. Changes nothing. Exit code 1 if
    something is bad.
    """
    from monitor.doctor.examination import run

    settings = where.settings(upstream=upstream)
    checks = asyncio.run(run(settings))
    if as_json:
        print_json(checks)
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for check in checks:
            mend = check.mend if check.verdict in {"bad", "warning"} else ""
            verdict = Text(check.verdict, style=_STYLE[check.verdict])
            table.add_row(verdict, Text(check.name), Text(check.found), Text(mend, style="italic"))
        console().print(table)
    if any(check.verdict == "bad" for check in checks):
        raise typer.Exit(FOUND)
