"""`sidewatch incidents timeline`: what happened to an incident, in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.incident_changes import IncidentId, known
from monitor.cli.options import AsJson
from monitor.cli.output import print_json
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.incidents.moments import Moment
    from monitor.store.base import Store

app = typer.Typer()


@app.command()
@on_store
def timeline(
    where: Where,
    incident_id: IncidentId,
    as_json: AsJson = False,
) -> None:
    """Show what happened, oldest first: detections, changes, notes, what was done to the service."""

    async def read(opened: Store) -> list[Moment]:
        from monitor.incidents.timeline import read_timeline

        incident = known(await opened.get_incident(incident_id), incident_id)
        return await read_timeline(opened, incident, await opened.get_bundle(incident_id))

    moments = where.use(read)
    if as_json:
        print_json(moments)
    else:
        Console(markup=False).print(_table(moments))


def _table(moments: list[Moment]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("at", "by", "what"):
        table.add_column(column, no_wrap=column == "at")
    for moment in moments:
        at = datetime.fromtimestamp(moment.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        table.add_row(at, moment.by, f"{moment.what}{moment.note and ': ' + moment.note}")
    return table
