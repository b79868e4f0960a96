"""`sidewatch silences`: what raises no alert for a while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson, Config, DataDir, StoreUrl
from monitor.cli.output import print_json
from monitor.cli.spans import seconds, shown
from monitor.cli.store_call import with_store

if TYPE_CHECKING:
    from monitor.silences import Silence

app = typer.Typer(
    no_args_is_help=True, help="Keep alerts of some incidents quiet for a while; list and end that."
)

_MOST = 1_000


@app.command("list")
def list_silences(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List silences in force, the last to end first."""
    after = 0.0 if ended else time.time()
    found = with_store(
        lambda s: s.silences(ending_after=after, limit=_MOST), config, store, data_dir
    )
    if as_json:
        print_json(found)
    else:
        Console(markup=False).print(_table(found))


@app.command()
def add(
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
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Let incidents that fit every option given raise no alert; they are recorded as ever."""
    from monitor.exchange.ident import ulid
    from monitor.silences import Silence
    from monitor.silencing import begin_silence

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
    made = with_store(lambda s: begin_silence(s, asked), config, store, data_dir)
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made.id} is in force until {shown(made.until)}")


@app.command()
def end(
    silence_id: Annotated[str, typer.Argument(help="The silence's id.")],
    by: By = None,
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """End a silence now."""
    from monitor.events import Signature
    from monitor.silencing import SilenceError, end_silence

    change = change_of(by)
    signature = Signature(change.by, change.at)
    ended = with_store(lambda s: end_silence(s, silence_id, signature), config, store, data_dir)
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
