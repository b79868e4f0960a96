"""`sidewatch mark`: what was done to the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import print_json
from monitor.cli.spans import moment
from monitor.cli.where import Where, on_store
from monitor.markers.marker import Marker, MarkerKind

if TYPE_CHECKING:
    from monitor.store.base import Store


@on_store
def mark(
    where: Where,
    kind: Annotated[MarkerKind, typer.Argument(help="What kind of change it was.")],
    text: Annotated[str, typer.Argument(help="What was done, for a person to read.")],
    model: Annotated[str, typer.Option(help="The model that it concerns; all without.")] = "",
    tenant: Annotated[str, typer.Option(help="The tenant that it concerns; all without.")] = "",
    version: Annotated[str, typer.Option(help="What it brought, such as a tag or commit.")] = "",
    at: Annotated[str, typer.Option(help="When: a date, or a span ago such as 10m.")] = "0s",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say that something was done, such as a deployment: incidents that begin soon after name it."""
    from monitor.exchange.ident import ulid
    from monitor.markers import marking

    change = change_of(by)
    when = moment(at, now=change.at, option="--at")
    given = Marker(
        id=ulid(when),
        at=when,
        kind=kind,
        text=text,
        by=change.by,
        model=model,
        tenant=tenant,
        version=version,
    )

    async def put(opened: Store) -> Marker:
        return await marking.mark(opened, given, at=change.at)

    made = where.use(put)
    if as_json:
        print_json(made)
    else:
        typer.echo(made.id)
