"""`sidewatch baseline build` and `accept`: where baselines come from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from monitor.baselines.naming import checked_name, plain_name
from monitor.cli.baseline_options import By, Note, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import count_lines, lines_to, print_json, progress
from monitor.cli.spans import moment, shown
from monitor.cli.where import Where, on_store
from monitor.settings import Settings, SettingsError

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.origin import Origin
    from monitor.baselines.accepting import Accepted
    from monitor.baselines.building import Selection
    from monitor.baselines.promoting import Change
    from monitor.baselines.stored import Stored
    from monitor.baselines.traffic import Traffic
    from monitor.exchange.model import Exchange


@on_store
def build(
    where: Where,
    file: Annotated[
        str | None, typer.Argument(help="JSON lines of ordinary exchanges, in order of time.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Write the baseline to this file.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Keep it in the store, as the next version of this name.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="From stored traffic instead: of the last 30m, 6h, 2d, or from a date."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Where stored traffic ends: 1h ago, or a date; now without.")
    ] = None,
    model: Annotated[str, typer.Option(help="Only this model's traffic; it is its baseline.")] = "",
    route: Annotated[str, typer.Option(help="Only this route's.")] = "",
    tenant: Annotated[str, typer.Option(help="Only this tenant's.")] = "",
    promote: Annotated[
        bool,
        typer.Option(help="Make it the active one of that model, or route or tenant, at once."),
    ] = False,
    by: By = None,
) -> None:
    """Build a reference distribution from recorded or stored traffic.

    In a file it is named after the file; in the store under NAME@1, NAME@2 and so on.
    """
    if (file is None) == (since is None):
        raise SettingsError(
            "give either a FILE of exchanges or --since SPAN, such as 6h, for stored traffic"
        )
    if until is not None and since is None:
        raise SettingsError("--until bounds stored traffic: give --since SPAN too")
    if out is None and name is None:
        raise SettingsError("say where it goes: --out FILE, or --name NAME for the store")
    if promote and name is None:
        raise SettingsError("--promote needs --name: only a baseline in the store can be active")

    from monitor.baselines.building import Selection
    from monitor.baselines.traffic import Traffic

    settings = where.settings()
    called = checked_name(name) if name else plain_name(Path(out or "").stem) or "baseline"
    selection = Selection(model=model, route=route, tenant=tenant)
    change = change_of(by)
    if file is not None:
        baseline = _from_file(file, called, settings, selection)
    else:
        start = moment(since or "", now=change.at, option="--since")
        end = moment(until, now=change.at, option="--until") if until else change.at
        baseline = _from_store(start, end, called, settings, selection)
    if out is not None:
        with lines_to(out) as target:
            target.write(baseline.to_bytes())
    told = out or ""
    if name is not None:
        traffic = Traffic(model, route, tenant)
        told = asyncio.run(_keep(settings, baseline, traffic, change, promote=promote))
    _tell(baseline, told)


@on_store
def accept(
    where: Where,
    incident: Annotated[str, typer.Argument(help="Id of a drift incident.")],
    name: Annotated[
        str, typer.Option(help="Name of the new baseline; without it the next version of the old.")
    ] = "",
    by: By = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Take the traffic since an incident's change as the new normal, and resolve it.

    The baseline is built from the stored traffic of the model since the change began, and promoted.
    """
    settings = where.settings()
    called = checked_name(name) if name else ""
    accepted = asyncio.run(_accept(settings, incident, called, change_of(by, note)))
    if as_json:
        print_json(accepted)
    else:
        typer.echo(
            f"{accepted.baseline.name} is the active baseline of "
            f"{accepted.incident.model or 'every model without its own'}; "
            f"incident {incident} is resolved"
        )


def _from_file(file: str, name: str, settings: Settings, selection: Selection) -> Baseline:
    from detectors.origin import Origin
    from monitor.exchange.jsonl import read

    # A folder's name may tell more than the baseline should.
    origin = Origin(how="file", source="standard input" if file == "-" else Path(file).name)
    exchanges = progress(read(file), "scoring", total=count_lines(file))
    return _build(exchanges, name, settings, origin, selection)


def _from_store(
    since: float, until: float, name: str, settings: Settings, selection: Selection
) -> Baseline:
    found = asyncio.run(_stored(settings, since, until, selection))
    exchanges = progress(iter(found.exchanges), "scoring", total=len(found.exchanges))
    return _build(exchanges, name, settings, found.origin, selection)


async def _stored(settings: Settings, since: float, until: float, selection: Selection) -> Stored:
    from detectors.origin import Origin
    from monitor.baselines.stored import stored
    from monitor.connect import connected_store

    how = Origin(how="store", source=f"stored traffic from {shown(since)} to {shown(until)}")
    async with connected_store(settings.store) as store:
        return await stored(store, since=since, until=until, how=how, selection=selection)


def _build(
    exchanges: Iterable[Exchange],
    name: str,
    settings: Settings,
    origin: Origin,
    selection: Selection,
) -> Baseline:
    from monitor.baselines.building import build as make

    return make(exchanges, name, settings.policy, origin=origin, selection=selection)


async def _keep(
    settings: Settings, baseline: Baseline, traffic: Traffic, change: Change, *, promote: bool
) -> str:
    from monitor.baselines import promoting
    from monitor.baselines.keeping import keep
    from monitor.connect import connected_store

    async with connected_store(settings.store) as store:
        record = await keep(store, baseline, model=traffic.model)
        await promoting.log_kept(store, record, change)
        if promote:
            await promoting.promote(store, record.name, traffic=traffic, change=change)
    return record.name


async def _accept(settings: Settings, incident: str, name: str, change: Change) -> Accepted:
    from monitor.baselines.accepting import accept as take
    from monitor.connect import connected_store

    async def here(
        exchanges: list[Exchange], called: str, origin: Origin, selection: Selection
    ) -> Baseline:
        watched = progress(iter(exchanges), "scoring", total=len(exchanges))
        make = partial(_build, watched, called, settings, origin, selection)
        return await asyncio.to_thread(make)

    async with connected_store(settings.store) as store:
        return await take(store, incident, build=here, change=change, name=name)


def _tell(baseline: Baseline, where: str) -> None:
    origin = baseline.origin
    left = sum(origin.skipped.values())
    why = ", ".join(f"{count} {reason}" for reason, count in origin.skipped.items())
    console = Console(stderr=True, markup=False)
    console.print(
        f"baseline {where}: {baseline.size} exchanges, {len(baseline.channel_names)} channels"
        + (f"; {left} left out: {why}" if left else "")
    )
