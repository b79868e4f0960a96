"""`sidewatch report`: a window of traffic beside its baseline, as a page and as JSON."""

from __future__ import annotations

import asyncio
import gzip
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from monitor.cli.baseline import seconds
from monitor.cli.options import Config, DataDir, StoreUrl, settings_from
from monitor.cli.output import count_lines, lines_to, progress
from monitor.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.baseline import Baseline
    from monitor.exchange.model import Exchange
    from monitor.reports.runner import Made
    from monitor.reports.table import Table

_MOST = 20_000
_PATIENCE = 1_800.0


def report(
    kind: Annotated[str, typer.Argument(help="drift, or latency for the timing alone.")],
    file: Annotated[
        str | None, typer.Argument(help="JSON lines of exchanges; - for standard input.")
    ] = None,
    out: Annotated[str, typer.Option(help="Write the HTML page to this file.")] = "",
    json: Annotated[str | None, typer.Option(help="Also write the figures to this file.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="A file, or a name in the store; without it the model's active one."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Stored traffic of the last 30m, 6h, 2d, ... instead.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only up to so long ago, with --since.")] = None,
    model: Annotated[str, typer.Option(help="Only this model's traffic.")] = "",
    store: StoreUrl = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Compare a window of traffic with its baseline: what moved, how far, with a plot of each.

    Needs the extra `reports`. The page is one file that loads nothing from anywhere and holds no text.
    """
    _check(kind, file, since, until, out)
    settings = settings_from(config, store, data_dir)
    compared = _baseline(baseline, model, settings, stored=since is not None)
    if since is not None:
        stored = asyncio.run(_stored(settings, seconds(since), seconds(until or "0s"), model))
        chosen = progress(stored, "scoring", total=len(stored))
    else:
        chosen = progress(_recorded(file or "-", model), "scoring", total=count_lines(file or "-"))
    window = _window(chosen, compared.encoder, settings)
    made = asyncio.run(_made(compared, window, kind, model, settings))
    with lines_to(out) as target:
        target.write(gzip.decompress(made.page))
    if json is not None:
        with lines_to(json) as target:
            target.write(made.summary + b"\n")
    Console(stderr=True, markup=False).print(f"{kind}: {window.size} exchanges, {out}")


def _check(kind: str, file: str | None, since: str | None, until: str | None, out: str) -> None:
    from monitor.reports.errors import EXTRA, ReportError
    from monitor.reports.facts import KINDS
    from monitor.reports.runner import is_available

    if kind not in KINDS:
        raise SettingsError(f"there is no report {kind!r}; there are {', '.join(KINDS)}")
    if (file is None) == (since is None):
        raise SettingsError("give either a FILE of exchanges or --since SPAN")
    if until is not None and since is None:
        raise SettingsError("--until bounds stored traffic: give --since SPAN too")
    if not out:
        raise SettingsError("say where the page goes: --out FILE")
    if not is_available():
        raise ReportError(f"reports need Evidently: {EXTRA}")


def _baseline(name: str | None, model: str, settings: Settings, *, stored: bool) -> Baseline:
    from monitor.cli.baselines import find_baseline

    found = name or (asyncio.run(_active(model, settings)) if stored else None)
    if found is None:
        raise SettingsError(
            "a report compares with a baseline: give --baseline, a file or a name in the store"
        )
    return find_baseline(found, settings.store)


async def _active(model: str, settings: Settings) -> str | None:
    from monitor.connect import connected_store

    async with connected_store(settings.store) as store:
        return await store.active_baseline(model)


def _recorded(file: str, model: str) -> Iterable[Exchange]:
    from monitor.exchange.jsonl import read

    return (x for x in read(file) if not model or x.model == model)


async def _stored(settings: Settings, since: float, until: float, model: str) -> list[Exchange]:
    from monitor.connect import connected_store
    from monitor.record import decode_record

    now = time.time()
    async with connected_store(settings.store) as store:
        data = await store.exchanges(since=now - since, until=now - until, limit=_MOST)
    records = [decode_record(each) for each in data]
    if any("text" in record.redacted for record in records):
        raise SettingsError(
            "the store holds no texts (privacy.store_text is none), so nothing can be compared; "
            "the reports that a worker makes need none"
        )
    found = [record.exchange for record in records]
    return [x for x in found if not model or x.model == model]


def _window(exchanges: Iterable[Exchange], encoder: str, settings: Settings) -> Table:
    from detectors.errors import DetectorError
    from monitor.pipeline.replay import observations
    from monitor.pipeline.score import ScoreStage
    from monitor.reports.table import Table

    stage = ScoreStage.load(settings.policy.safety, judge=False)
    if stage.encoder.name != encoder:
        raise DetectorError(
            f"the baseline was made with encoder {encoder}, this version uses "
            f"{stage.encoder.name}: build it again with `sidewatch baseline build`"
        )
    return Table.of_observations(list(observations(exchanges, stage)))


async def _made(
    baseline: Baseline, window: Table, kind: str, model: str, settings: Settings
) -> Made:
    from monitor.reports.facts import Facts
    from monitor.reports.runner import Reference, Runner
    from monitor.reports.table import Table

    facts = Facts(kind=kind, model=model, baseline=baseline.name)
    runner = Runner(_PATIENCE, settings.reports.memory)
    try:
        reference = Reference(baseline.name, Table.of_baseline(baseline))
        return await runner.make(reference, window, facts)
    finally:
        await runner.rest()
