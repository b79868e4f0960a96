"""`sidewatch baseline`: make and keep reference distributions."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.options import AsJson, Config, DataDir, StoreUrl, settings_from
from monitor.cli.output import count_lines, lines_to, print_json, progress
from monitor.exchange.jsonl import read
from monitor.policy import Policy
from monitor.settings import Settings, SettingsError

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from monitor.exchange.model import Exchange
    from monitor.store.base import BaselineRecord

app = typer.Typer(no_args_is_help=True, help="Build, list, show and promote baselines.")

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_MOST = 20_000


@app.command()
def build(
    file: Annotated[
        str | None, typer.Argument(help="JSON lines of ordinary exchanges, in order of time.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Write the baseline to this file.")] = None,
    name: Annotated[str | None, typer.Option(help="Keep it in the store under this name.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From stored traffic of the last 30m, 6h, 2d, ... instead.")
    ] = None,
    model: Annotated[str, typer.Option(help="Only this model's traffic; it is its baseline.")] = "",
    promote: Annotated[bool, typer.Option(help="Make it the active one at once.")] = False,
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Build a reference distribution from recorded or stored traffic."""
    if (file is None) == (since is None):
        raise SettingsError("give either a FILE of exchanges or --since SPAN")
    if out is None and name is None:
        raise SettingsError("say where it goes: --out FILE, or --name NAME for the store")
    settings = settings_from(config, store, data_dir)
    if file is not None:
        exchanges, total = read(file), count_lines(file)
    else:
        stored = asyncio.run(_stored(settings, seconds(since or "")))
        exchanges, total = iter(stored), len(stored)
    chosen = (x for x in exchanges if not model or x.model == model)
    baseline = _build(
        progress(chosen, "scoring", total=total), name or Path(out or "").stem, settings.policy
    )
    if out is not None:
        with lines_to(out) as target:
            target.write(baseline.to_bytes())
    if name is not None:
        asyncio.run(_keep(settings, baseline, model, promote=promote))
    Console(stderr=True, markup=False).print(
        f"baseline {baseline.name}: {baseline.size} exchanges, {len(baseline.channel_names)} channels"
    )


@app.command("list")
def list_baselines(
    as_json: AsJson = False, store: StoreUrl = None, data_dir: DataDir = None, config: Config = None
) -> None:
    """List the stored baselines, the newest first."""
    records = asyncio.run(_list(settings_from(config, store, data_dir)))
    if as_json:
        print_json(records)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "exchanges", "model", "encoder", "active", "provisional"):
        table.add_column(column)
    for record in records:
        table.add_row(
            record.name,
            str(record.size),
            record.model or "all",
            record.encoder,
            "yes" if record.active else "",
            "yes" if record.provisional else "",
        )
    Console(markup=False).print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A file, or a name in the store.")],
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Describe a baseline as JSON: size, encoder, and each channel's distribution."""
    from monitor.cli.baselines import find_baseline

    settings = settings_from(config, store, data_dir)
    print_json(find_baseline(name, settings.store).describe())


@app.command("promote")
def promote_baseline(
    name: Annotated[str, typer.Argument(help="A name in the store.")],
    model: Annotated[str, typer.Option(help="Only for this model.")] = "",
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make a stored baseline the active one: what is normal from now on."""
    asyncio.run(_promote(settings_from(config, store, data_dir), name, model))
    typer.echo(f"{name} is the active baseline of {model or 'every model without its own'}")


def seconds(span: str) -> float:
    """Seconds of a span such as 90s, 30m, 6h or 2d.

    Raises
    ------
    SettingsError
        It has another form.
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise SettingsError(f"--since {span!r}: write a number and s, m, h or d, such as 6h")
    return float(match[1]) * _SECONDS[match[2]]


def _build(exchanges: Iterator[Exchange], name: str, policy: Policy) -> Baseline:
    from detectors.baseline import Baseline
    from monitor.pipeline.replay import observations
    from monitor.pipeline.score import ScoreStage

    stage = ScoreStage.load(policy.safety, judge=False)
    scored = list(observations(exchanges, stage))
    # The time of the last exchange, not of the clock: the same input makes the same file.
    created = scored[-1].at if scored else 0.0
    return Baseline.build(scored, name=name, encoder=stage.encoder.name, created=created)


async def _stored(settings: Settings, span: float) -> list[Exchange]:
    from monitor.connect import connected_store
    from monitor.record import decode_record

    now = time.time()
    async with connected_store(settings.store) as store:
        data = await store.exchanges(since=now - span, until=now, limit=_MOST)
    return [decode_record(record).exchange for record in data]


async def _keep(settings: Settings, baseline: Baseline, model: str, *, promote: bool) -> None:
    from monitor.cli.baselines import keep
    from monitor.connect import connected_store

    async with connected_store(settings.store) as store:
        await keep(store, baseline, model=model, promote=promote)


async def _list(settings: Settings) -> list[BaselineRecord]:
    from monitor.connect import connected_store

    async with connected_store(settings.store) as store:
        return await store.baselines()


async def _promote(settings: Settings, name: str, model: str) -> None:
    from monitor.connect import connected_store

    async with connected_store(settings.store) as store:
        await store.promote_baseline(name, model=model)
