"""`sidewatch silences`: what raises no alert for a while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import print_json
from monitor.cli.spans import seconds, shown
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.silences.silence import Silence

app = typer.Typer(
    no_args_is_help=True, help="Keep alerts of some incidents quiet for a while; list and end that."
)

_MOST = 1_000


@app.command("list")
@on_store
def list_silences(
    where: Where,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List silences in force, the last to end first."""
    after = 0.0 if ended else time.time()
    found = where.use(lambda s: s.silences(ending_after=after, limit=_MOST))
    if as_json:
        print_json(found)
    else:
        Console(markup=False).print(_table(found))


@app.command()
@on_store
def add(
    where: Where,
    reason: Annotated[str, typer.Argument(help="Why; kept with the silence.")],
    span: Annotated[str, typer.Option("--for", help="How long, such as 2h or 3d.")],
    detector: Annotated[str, typer.Option(help="latency, safety, drift, anomaly.")] = "",
    kind: Annotated[str, typer.Option(help="Such as ttft or self_harm.")] = "",
    model: Annotated[str, typer.Option()] = "",
    route: Annotated[str, typer.Option()] = "",
    tenant: Annotated[str, typer.Option()] = "",
    severity: Annotated[str, typer.Option(help="info, warning or critical.")] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let incidents that fit every option given raise no alert; they are recorded as ever."""
    from monitor.exchange.ident import ulid
    from monitor.silences.silence import Silence
    from monitor.silences.silencing import begin_silence

    change = change_of(by)
    asked = Silence(
        id=ulid(change.at),
        created=change.at,
        until=change.at + seconds(span, option="--for"),
        by=change.by,
        reason=reason,
        detector=detector,
        kind=kind,
        model=model,
        route=route,
        tenant=tenant,
        severity=severity,
    )
    made = where.use(lambda s: begin_silence(s, asked))
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made.id} is in force until {shown(made.until)}")


@app.command()
@on_store
def end(
    where: Where,
    silence_id: Annotated[str, typer.Argument(help="The silence's id.")],
    by: By = None,
) -> None:
    """End a silence now."""
    from monitor.incidents.events import Signature
    from monitor.silences.silencing import SilenceError, end_silence

    change = change_of(by)
    signature = Signature(change.by, change.at)
    ended = where.use(lambda s: end_silence(s, silence_id, signature))
    if ended is None:
        raise SilenceError(
            f"there is no silence {silence_id!r}; `sidewatch silences list` shows them"
        )
    typer.echo(f"{ended.id} ended {shown(ended.until)}")


def _table(silences: list[Silence]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "what", "until", "by", "reason"):
        table.add_column(column, no_wrap=column == "id")
    for silence in silences:
        what = ", ".join(f"{name} {value}" for name, value in silence.matchers().items())
        table.add_row(silence.id, what, shown(silence.until), silence.by, silence.reason)
    return table
