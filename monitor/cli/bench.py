"""`sidewatch bench`: the gateway beside others, and over time; the safety models beside others."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitor.cli import FOUND
from monitor.cli.options import AsJson

app = typer.Typer(
    no_args_is_help=True,
    help="Measure what the gateway costs and whether it lasts, and how fast the safety models are.",
)

_STREAMS = 256
_TABLE_WIDTH = 100  # a narrower one would cut the figures
Out = Annotated[Path | None, typer.Option("--out", help="Folder for dated JSON, page and picture.")]


@app.command()
def gateway(
    streams: Annotated[int, typer.Option(min=1, help="Streams at once.")] = _STREAMS,
    seconds: Annotated[float, typer.Option(min=1, help="Length of a stream.")] = 10.0,
    rate: Annotated[float, typer.Option(min=1, help="Chunks a second of each stream.")] = 50.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often each contender has its turn.")] = 3,
    most: Annotated[
        int, typer.Option(min=0, help="Bound of the search for sustained streams; 0 for none.")
    ] = 2048,
    only: Annotated[
        str, typer.Option(help="Contenders, separated by commas; those not installed are left out.")
    ] = "direct,nginx,sidewatch,litellm,portkey",
    litellm: Annotated[str | None, typer.Option(help="Path of the `litellm` program.")] = None,
    portkey: Annotated[
        str | None, typer.Option(help="Path of the Portkey gateway's start-server.js.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Measure Sidewatch beside no proxy, nginx, LiteLLM and the Portkey gateway, in one run."""
    from monitor.bench import compare, contenders, machine, report
    from monitor.bench.loading import Plan

    machine.require_linux()
    machine.allow_many_files()
    found = contenders.find(_names(only), litellm=litellm, portkey=portkey)
    console = Console(stderr=True, markup=False)
    plan = Plan(streams=streams, rate=rate, seconds=seconds)
    total = compare.steps(len(found.starts), rounds=rounds, most=most)
    with _telling(console, total) as step:
        document = compare.compare(found.starts, plan, rounds=rounds, most=most, step=step)
    document["left_out"].update(found.missing)
    for text in document["left_out"].values():
        console.print(f"left out: {text}")
    if as_json:
        sys.stdout.write(report.as_json(document))
    else:
        width = max(Console().width, _TABLE_WIDTH)
        Console(markup=False, width=width).print(report.table(document))
    if out is not None:
        stem = f"gateway-{_kind(streams)}{document['date'][:10]}"
        contents = {
            "json": report.as_json(document),
            "svg": report.picture(document),
            "md": report.markdown(document, f"{stem}.svg"),
        }
        for path in report.keep(out, stem, contents):
            console.print(f"written: {path}")


@app.command()
def soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long the load goes on.")] = 30.0,
    seconds: Annotated[
        float | None, typer.Option(min=5, help="The same in seconds, for a short one.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second on average.")] = 20.0,
    seed: Annotated[int, typer.Option(help="Of every chance that is taken.")] = 1,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Send mixed load for long while everything goes wrong; exit 1 if an exchange is unaccounted for.

    Clients leave in mid-stream, upstreams reset, Redis is killed and comes back. Every answer is
    compared byte for byte; memory and open files must stay flat.
    """
    from monitor.bench import report
    from monitor.bench.soak import report as told
    from monitor.bench.soak.run import Soak, soak

    plan = Soak(seconds=60 * minutes if seconds is None else seconds, rate=rate, seed=seed)
    console = Console(stderr=True, markup=False)
    with told.telling(console, plan.seconds) as tell:
        document = soak(plan, tell=tell)
    if as_json:
        sys.stdout.write(report.as_json(document))
    else:
        Console(markup=False).print(told.table(document))
    if out is not None:
        contents = {"json": report.as_json(document), "svg": told.picture(document)}
        for path in report.keep(out, f"gateway-soak-{document['date'][:10]}", contents):
            console.print(f"written: {path}")
    if not document["good"]:
        raise typer.Exit(FOUND)


@app.command()
def safety(
    tokens: Annotated[
        str, typer.Option(help="Lengths of the texts, separated by commas.")
    ] = "8,32,64,128,512",
    batches: Annotated[str, typer.Option(help="How many texts at once.")] = "1,8,32",
    threads: Annotated[str, typer.Option(help="On how many threads.")] = "1,2",
    seconds: Annotated[float, typer.Option(min=0.01, help="For each cell and contender.")] = 0.5,
    patience: Annotated[
        float, typer.Option(min=0.01, help="Cells of which one call takes longer are left out.")
    ] = 10.0,
    shapes: Annotated[
        bool, typer.Option(help="Beside models of the shapes that LLM Guard uses.")
    ] = True,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Measure how fast texts are scored, by length, number and threads, beside other models' shapes.

    The others have random weights and are made on the spot, which needs torch and transformers;
    for ONNX also onnx and onnxscript.
    """
    from monitor.bench import machine, report
    from monitor.bench.safety import own
    from monitor.bench.safety import report as told
    from monitor.bench.safety import shapes as others
    from monitor.bench.safety.compare import compare, steps
    from monitor.bench.safety.plan import Plan

    machine.require_linux()
    plan = Plan(
        lengths=_numbers(tokens, "--tokens", most=512),
        batches=_numbers(batches, "--batches", most=1024),
        threads=_numbers(threads, "--threads", most=64),
        seconds=seconds,
        patience=patience,
    )
    console = Console(stderr=True, markup=False)
    with tempfile.TemporaryDirectory(prefix="sidewatch-bench-") as folder:
        loads, left_out = own.find()
        if shapes:
            made, absent = others.find(Path(folder), step=console.print)
            loads, left_out = {**loads, **made}, {**left_out, **absent}
        with _telling(console, steps(plan)) as step:
            document = compare(loads, plan, step=step)
    document["left_out"] = left_out
    for text in [*left_out.values(), *(f"too slow: {each}" for each in document["too_slow"])]:
        console.print(f"left out: {text}")
    if as_json:
        sys.stdout.write(report.as_json(document))
    else:
        shown = Console(markup=False, width=max(Console().width, _TABLE_WIDTH))
        for table in told.tables(document):
            shown.print(table)
    if out is not None:
        stem = f"bench-safety-{document['date'][:10]}"
        contents = {
            "json": report.as_json(document),
            "svg": told.picture(document),
            "md": told.markdown(document, f"{stem}.svg"),
        }
        for path in report.keep(out, stem, contents):
            console.print(f"written: {path}")


def _numbers(text: str, option: str, *, most: int) -> tuple[int, ...]:
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        found = (0,)
    if not 1 <= found[0] <= found[-1] <= most:
        raise typer.BadParameter(
            f"whole numbers from 1 to {most}, separated by commas", param_hint=option
        )
    return found


def _kind(streams: int) -> str:
    """So that a run of another size does not take the place of the usual one."""
    return "" if streams == _STREAMS else f"{streams}-streams-"


def _names(only: str) -> list[str]:
    from monitor.bench.contenders import NAMES

    names = [name.strip() for name in only.split(",")]
    if unknown := sorted(set(names) - set(NAMES)):
        raise typer.BadParameter(
            f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}", param_hint="--only"
        )
    return names


@contextmanager
def _telling(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    """A bar where a person watches, else a line for each step."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        begun = False

        def step(text: str) -> None:
            nonlocal begun
            bar.update(task, description=text, advance=int(begun))
            begun = True
            if not console.is_terminal:
                console.print(text)

        yield step
