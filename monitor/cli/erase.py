"""`sidewatch erase`: forget a tenant or a user."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import FOUND
from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import print_json
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.access.erasing import Erasure


@on_store
def erase(
    where: Where,
    tenant: Annotated[str, typer.Option(help="Whose data; with --user, only that user's.")] = "",
    user: Annotated[str, typer.Option(help="Whose data, in every tenant or in that one.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Erase what is kept of a tenant or a user, and tell what went and what may be left.

    Exit code 1 says to do it again: something is still found, or workers held exchanges meanwhile.
    """
    from monitor.access import erasing
    from monitor.access.owner import Owner
    from monitor.connect import connected_journal, connected_store

    owner = Owner(tenant=tenant, user=user)
    if not yes:
        typer.confirm("Erase all that is kept of them? Nothing brings it back.", abort=True)
    settings, change = where.settings(), change_of(by)

    async def run() -> Erasure:
        async with (
            connected_store(settings.store) as opened,
            connected_journal(settings.store) as journal,
        ):
            return await erasing.erase(opened, journal, owner, by=change.by, at=change.at)

    done = asyncio.run(run())
    if as_json:
        print_json(done)
    else:
        _tell(done)
    if done.again or any(done.left.values()):
        raise typer.Exit(FOUND)


def _tell(done: Erasure) -> None:
    for kind, count in done.erased.items():
        typer.echo(f"{count:8} {kind} erased")
    for kind, count in done.left.items():
        typer.echo(f"{count:8} {kind} left")
    typer.echo(f"noted in the audit log as {done.owner}, entry {done.entry}")
    for what in done.not_erased:
        typer.echo(f"not erased: {what}")
    if done.again:
        typer.echo("workers held exchanges of these minutes: erase again when they are done")
