"""`sidewatch audit`: who changed what, and whether the log of it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from monitor.cli import FOUND
from monitor.cli.options import AsJson
from monitor.cli.output import console, print_json
from monitor.cli.spans import shown
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.access.audit import AuditEntry
    from monitor.access.verifying import Verdict

app = typer.Typer(no_args_is_help=True, help="Show the audit log, and check that it is whole.")


@app.command("list")
@on_store
def list_entries(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List who changed what, the latest first."""
    entries = where.use(lambda s: s.audit(limit=limit))
    if as_json:
        print_json(entries)
    else:
        console().print(_table(entries))


@app.command()
@on_store
def verify(
    where: Where,
    expect: Annotated[
        str, typer.Option(help="A head noted earlier, which has to be there still.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check the chain of hashes; exit code 1 if an entry was changed, or some are missing.

    Entries cut off at the end are noticed only by a head from before: note it elsewhere.
    """
    from monitor.access import verifying

    found = where.use(lambda s: verifying.verify(s, expected=expect))
    if as_json:
        print_json(found)
    else:
        typer.echo(_told(found, expect))
    if not found.good:
        raise typer.Exit(FOUND)


def _told(found: Verdict, expect: str) -> str:
    if found.broken is not None:
        which = f"{found.broken.action} {found.broken.subject} of {shown(found.broken.at)}"
        return f"broken at entry {found.entries}: {which} was changed or does not follow"
    if not found.holds:
        return f"{found.entries} entries follow one another, but {expect} is not among them"
    return f"{found.entries} entries, whole; head {found.head or 'none'}"


def _table(entries: list[AuditEntry]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("when", "who", "what", "of", "details"):
        table.add_column(column)
    for entry in entries:
        details = ", ".join(f"{name}: {value}" for name, value in entry.details.items())
        table.add_row(shown(entry.at), entry.by, entry.action, entry.subject, details)
    return table
