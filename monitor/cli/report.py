"""`sidewatch report`: a window of traffic beside its baseline, as a page and as JSON."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from monitor.cli.output import lines_to
from monitor.cli.where import Where, on_store
from monitor.settings import Settings, SettingsError

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from monitor.cli.windows import Source
    from monitor.exchange.model import Exchange
    from monitor.record import ExchangeRecord
    from monitor.reports.facts import Facts
    from monitor.reports.runner import Made
    from monitor.reports.table import Table

_PATIENCE = 1_800.0


@on_store
def report(
    where: Where,
    kind: Annotated[str, typer.Argument(help="drift, latency (timing alone) or safety (scores).")],
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
        str | None, typer.Option(help="Stored traffic since 6h ago, 2d ago, or a date, instead.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only up to then, with --since.")] = None,
    model: Annotated[str, typer.Option(help="Only this model's traffic.")] = "",
) -> None:
    """Compare a window of traffic with its baseline: what moved, how far, with a plot of each.

    `report safety` needs no baseline: it shows the scores of a window, what was flagged, and, where
    lines carry labels, how far the scores can be believed. Needs the extra `reports`. The page is
    one file that loads nothing from anywhere and holds no text of an exchange.
    """
    from monitor.cli.windows import Source
    from monitor.reports.facts import Facts
    from monitor.reports.table import Table

    _check(kind, file, since, until, out)
    settings = where.settings()
    source = Source(file, since, until, model, settings)
    if kind == "safety":
        name, reference, window = "", None, _scores(source, settings)
    else:
        compared = _baseline(baseline, model, settings, stored=since is not None)
        name, reference = compared.name, Table.of_baseline(compared)
        window = _window(source, compared.encoder, settings)
    made = asyncio.run(
        _made(Facts(kind=kind, model=model, baseline=name), reference, window, settings)
    )
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


def _window(source: Source, encoder: str, settings: Settings) -> Table:
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
    exchanges = source.recorded() if source.since is None else iter(_texts(source.stored()))
    chosen = (x for x in exchanges if not source.model or x.model == source.model)
    return Table.of_observations(list(observations(chosen, stage)))


def _texts(records: list[ExchangeRecord]) -> list[Exchange]:
    if any("text" in record.redacted for record in records):
        raise SettingsError(
            "the store holds no texts (privacy.store_text is none), so nothing can be compared; "
            "the reports that a worker makes need none"
        )
    return [record.exchange for record in records]


def _scores(source: Source, settings: Settings) -> Table:
    from monitor.cli.scored import scored, stored
    from monitor.reports.scores import table

    policy = settings.policy.safety
    if source.since is not None:
        return table(list(stored(source.stored(), policy)))
    return table(list(scored(source.recorded(), policy, source.labels(), model=source.model)))


async def _made(facts: Facts, reference: Table | None, window: Table, settings: Settings) -> Made:
    from monitor.reports.runner import Reference, Runner

    runner = Runner(_PATIENCE, settings.reports.memory)
    try:
        compared = Reference(facts.baseline, reference) if reference else None
        return await runner.make(compared, window, facts)
    finally:
        await runner.rest()
