"""`sidewatch eval`: how good the scores are on a labelled set of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from monitor.cli import FOUND
from monitor.cli.options import AsJson, Config, PolicyFile
from monitor.cli.output import lines_to, print_json, progress
from monitor.settings import load, load_policy

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from detectors.observation import Observation
    from monitor.evaluation.report import Report
    from monitor.evaluation.tables import Table
    from monitor.policy import Policy

app = typer.Typer(no_args_is_help=True, help="Judge the detectors by a labelled set of your own.")

_STDIN = "-"
_WIDTH = 140  # narrower would cut the figures
_ROOM = 8  # a table with more columns shows its intervals on the page only


@app.callback()
def _group() -> None:
    """So that `safety` stays a word of its own while it is the only one."""


@app.command()
def safety(
    file: Annotated[
        str, typer.Argument(help="JSON lines of exchanges with labels; - for standard input.")
    ],
    out: Annotated[str | None, typer.Option(help="Also write an HTML page to this file.")] = None,
    by: Annotated[
        str, typer.Option(help="Also apart by these, by comma: source,language,length.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many exchanges.")] = None,
    min_auprc: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit 1 if the AUPRC of `unsafe` is below this."),
    ] = None,
    max_fpr: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Exit 1 if more of what is not unsafe is flagged than this share.",
        ),
    ] = None,
    max_unscored: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit 1 if more than this share was not scored."),
    ] = None,
    as_json: AsJson = False,
    policy: PolicyFile = None,
    config: Config = None,
) -> None:
    """Score labelled exchanges and say how good the scores are, by side and category.

    Exit code 1 only where a limit (--min-auprc, --max-fpr, --max-unscored) is not met on a side.
    """
    from monitor.evaluation.gates import Gates, not_met

    keys = _keys(by)
    chosen = load_policy(policy) if policy else load(config).policy
    report = _judged(file, chosen, limit=limit, keys=keys)
    failed = not_met(report, Gates(min_auprc, max_fpr, max_unscored))
    if as_json:
        print_json(report)
    else:
        _print(report)
    if out is not None:
        _write(report, out, name=_name(file), failed=failed)
    for text in failed:
        typer.echo(text, err=True)
    if failed:
        raise typer.Exit(FOUND)


def _keys(by: str) -> list[str]:
    from monitor.evaluation.scored import BY

    keys = [key.strip() for key in by.split(",") if key.strip()]
    if unknown := sorted(set(keys) - set(BY)):
        raise typer.BadParameter(
            f"unknown: {', '.join(unknown)}; there are {', '.join(BY)}", param_hint="--by"
        )
    return list(dict.fromkeys(keys))


def _judged(file: str, policy: Policy, *, limit: int | None, keys: list[str]) -> Report:
    from monitor.evaluation.labelled import read
    from monitor.evaluation.report import judged
    from monitor.pipeline.replay import observations
    from monitor.pipeline.score import ScoreStage

    rows = read(file, limit=limit)
    scored = observations((row.exchange for row in rows), ScoreStage.load(policy.safety))
    seen = (_slim(x) for x in progress(scored, "scoring", total=len(rows)))
    return judged(
        list(zip(rows, seen, strict=True)),
        policy.safety,
        keys,
        watched=lambda parts: progress(parts, "measuring", total=len(parts)),
    )


def _slim(x: Observation) -> Observation:
    """Without what no figure needs: the vectors of a large set would not fit beside each other."""
    return replace(x, channels={}, prompt_embedding=None, response_embedding=None)


def _print(report: Report) -> None:
    from monitor.evaluation.tables import gap, tables, unscored

    console = Console(markup=False, width=max(Console().width, _WIDTH))
    for table in tables(report):
        console.print(_shown(table))
        console.print()
    for side, one in report.sides.items():
        for told in filter(None, (gap(side, one), unscored(side, one))):
            console.print(told)


def _shown(table: Table) -> Grid:
    wide = len(table.header) >= _ROOM
    grid = Grid(title=table.title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    rows = [[cell.word if wide else cell.whole for cell in row] for row in table.rows]
    for place, header in enumerate(table.header):
        longest = max(len(row[place]) for row in rows)
        justify: JustifyMethod = "right" if place else "left"
        grid.add_column(header, justify=justify, vertical="bottom", min_width=longest)
    for row in rows:
        grid.add_row(*row)
    return grid


def _write(report: Report, out: str, *, name: str, failed: list[str]) -> None:
    from monitor.evaluation.page import page

    with lines_to(out) as target:
        target.write(page(report, name=name, failed=failed).encode())


def _name(file: str) -> str:
    return "standard input" if file == _STDIN else Path(file).name
