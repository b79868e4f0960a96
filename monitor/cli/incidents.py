"""`sidewatch incidents`: what was found, and what was done about it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.baseline_options import By, change_of
from monitor.cli.incident_changes import IncidentId, known, unknown
from monitor.cli.incident_changes import app as changes
from monitor.cli.incident_history import app as history
from monitor.cli.incident_list import list_incidents
from monitor.cli.options import AsJson
from monitor.cli.output import lines_to, print_json
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.incidents.bundle import Bundle
    from monitor.incidents.incident import Incident
    from monitor.labels.label import LabelVerdict
    from monitor.store.base import Store

app = typer.Typer(
    no_args_is_help=True, help="List and show incidents, and say what was done about them."
)
app.add_typer(changes)
app.add_typer(history)

SentTexts = Literal["redacted", "none", "as-stored"]
Said = Literal["true-positive", "false-positive"]
_VERDICTS: dict[Said, LabelVerdict] = {
    "true-positive": "true_positive",
    "false-positive": "false_positive",
}
_STYLE = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


app.command("list")(list_incidents)


@app.command()
@on_store
def show(
    where: Where,
    incident_id: IncidentId,
    as_json: AsJson = False,
) -> None:
    """Show one incident with its debug bundle."""

    async def read(opened: Store) -> tuple[Incident, Bundle | None]:
        from monitor.silences.silencing import with_silences
        from monitor.surroundings.shown import as_now

        found = await opened.get_bundle(incident_id)
        told = None if found is None else await as_now(opened, found)
        incident = await _get(opened, incident_id)
        return (await with_silences(opened, [incident], time.time()))[0], told

    incident, bundle = where.use(read)
    if as_json:
        print_json({"incident": incident, "bundle": bundle})
    else:
        _print_incident(Console(markup=False), incident, bundle)


@app.command()
@on_store
def bundle(
    where: Where,
    incident_id: IncidentId,
    as_zip: Annotated[
        bool, typer.Option("--zip", help="All that belongs to it as one file, to send on.")
    ] = False,
    out: Annotated[
        str | None, typer.Option(help="Where the zip goes; incident-ID.zip without.")
    ] = None,
    texts: Annotated[
        SentTexts, typer.Option(help="Texts of exchanges in the zip; redacted masks them again.")
    ] = "redacted",
) -> None:
    """Print the debug bundle as JSON, or write a zip with exchanges, labels, timeline and report."""

    async def read(opened: Store) -> tuple[Bundle | None, bytes]:
        from monitor.parcel.making import make_zip
        from monitor.surroundings.shown import as_now

        incident = await _get(opened, incident_id)
        found = await opened.get_bundle(incident_id)
        told = None if found is None else await as_now(opened, found)
        if not as_zip:
            return told, b""
        return told, await make_zip(opened, incident, told, texts=texts, at=time.time())

    told, packed = where.use(read)
    if not as_zip:
        print_json(told)
        return
    target = out or f"incident-{incident_id}.zip"
    with lines_to(target) as file:
        file.write(packed)
    Console(stderr=True, markup=False).print(f"{target}: {len(packed)} bytes")


@app.command()
@on_store
def label(
    where: Where,
    incident_id: IncidentId,
    verdict: Annotated[Said, typer.Argument(help="Whether the incident was right.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the label.")] = "",
    exchange: Annotated[
        str, typer.Option(help="Which of its exchanges; the one that opened it without.")
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say whether an incident was right; `sidewatch policy calibrate` learns from it."""
    from monitor.labels.giving import Judgement, give_label

    change = change_of(by)
    said = Judgement(
        verdict=_VERDICTS[verdict],
        by=change.by,
        at=change.at,
        reason=reason,
        exchange_id=exchange,
    )
    given = where.use(lambda s: give_label(s, incident_id, said))
    if given is None:
        raise unknown(incident_id)
    if as_json:
        print_json(given)
    else:
        typer.echo(f"{incident_id} is a {given.verdict.replace('_', ' ')}")


def incident_table(incidents: list[Incident]) -> Table:
    """Incidents as a table for a person."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in (
        "id",
        "severity",
        "detector",
        "kind",
        "model",
        "count",
        "last seen",
        "status",
        "label",
    ):
        table.add_column(column, no_wrap=column in {"id", "last seen"})
    for incident in incidents:
        table.add_row(
            incident.id,
            Text(incident.severity, style=_STYLE[incident.severity]),
            incident.detector,
            incident.kind,
            incident.model,
            str(incident.count),
            _when(incident.last_seen),
            f"{incident.status}{', silenced' if incident.silenced_by else ''}",
            _spoken(incident.verdict),
        )
    return table


async def _get(store: Store, incident_id: str) -> Incident:
    return known(await store.get_incident(incident_id), incident_id)


def _facts(incident: Incident) -> Table:
    facts = Table.grid(padding=(0, 2))
    for name in ("id", "severity", "status", "detector", "kind", "rule", "model", "route"):
        facts.add_row(name, str(getattr(incident, name)))
    facts.add_row("count", str(incident.count))
    facts.add_row("seen", f"{_when(incident.first_seen)} to {_when(incident.last_seen)}")
    said = {
        "graded": incident.severity_reason,
        "story": incident.story,
        "comes after": incident.after,
        "owner, note": f"{incident.owner} {incident.note}".strip(),
        "silenced by": " ".join(incident.silenced_by),
        "links": " ".join(incident.links),
        "label": _spoken(incident.verdict),
    }
    for name, told in said.items():
        if told:
            facts.add_row(name, told)
    return facts


def _print_incident(console: Console, incident: Incident, bundle: Bundle | None) -> None:
    console.print(_facts(incident))
    if bundle is None:
        console.print("its bundle has expired")
        return
    console.print(Text(f"\n{bundle.summary}", style="bold"))
    console.print(_table("contributing factors", bundle.contributing_factors))
    console.print(_table("recommended actions", bundle.recommended_actions))
    tables: dict[str, list[Any]] = {
        "changed before": list(bundle.changed_before),
        "the same story": bundle.story.incidents if bundle.story else [],
        "similar violations": list(bundle.similar_violations),
    }
    for title, rows in tables.items():
        if rows:
            console.print(_table(title, rows))
    for given in bundle.labels:
        why = given.reason and f": {given.reason}"
        said = f"{_spoken(given.verdict)}, says {given.by} on {_when(given.at)}{why}"
        console.print(f"labelled {said}")
    if bundle.report is not None:
        told = bundle.report
        console.print(f"report {told.status}: {told.note or told.html}")
    if bundle.redacted:
        console.print(f"redacted: {', '.join(bundle.redacted)}")


def _table(title: str, rows: list[Any]) -> Table:
    plain = [msgspec.to_builtins(row) for row in rows]
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    columns = list(plain[0]) if plain else []
    for column in columns:
        table.add_column(column)
    for row in plain:
        table.add_row(*(_cell(column, row[column]) for column in columns))
    return table


def _cell(column: str, value: Any) -> str:
    if column in {"at", "began", "last_seen"}:
        return _when(value)
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else str("" if value is None else value)


def _spoken(verdict: LabelVerdict | None) -> str:
    return (verdict or "").replace("_", " ")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
