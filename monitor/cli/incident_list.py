"""`sidewatch incidents list`: the API's filters, orders and searches as options."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from rich.console import Console

from monitor.cli.options import AsJson
from monitor.cli.output import print_json
from monitor.cli.spans import moment
from monitor.cli.where import Where, on_store
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.incidents.incident import Incident
    from monitor.store.base import IncidentQuery, Store

Some = list[str] | None
_EMPTY = 'several are alternatives; "" for those without.'


class FilterError(MonitorError):
    """A filter cannot be what was given."""


@on_store
def list_incidents(
    where: Where,
    status: Annotated[Some, typer.Option(help="open, acknowledged or resolved.")] = None,
    severity: Annotated[Some, typer.Option(help="info, warning or critical.")] = None,
    detector: Annotated[Some, typer.Option(help="latency, safety, drift, anomaly.")] = None,
    kind: Annotated[Some, typer.Option(help="Such as ttft or self_harm.")] = None,
    model: Annotated[Some, typer.Option(help=f"A model; {_EMPTY}")] = None,
    route: Annotated[Some, typer.Option(help=f"A path; {_EMPTY}")] = None,
    tenant: Annotated[Some, typer.Option(help=f"A tenant; {_EMPTY}")] = None,
    owner: Annotated[Some, typer.Option(help=f"Who has it; {_EMPTY}")] = None,
    rule: Annotated[Some, typer.Option(help="The rule that fired.")] = None,
    verdict: Annotated[
        Some, typer.Option(help=f"true_positive or false_positive; {_EMPTY}")
    ] = None,
    story: Annotated[Some, typer.Option(help=f"The story it belongs to; {_EMPTY}")] = None,
    since: Annotated[str, typer.Option(help="Last seen from then on: 6h, or a date.")] = "",
    until: Annotated[str, typer.Option(help="Last seen until then.")] = "",
    first_since: Annotated[str, typer.Option(help="First seen from then on.")] = "",
    first_until: Annotated[str, typer.Option(help="First seen until then.")] = "",
    updated_since: Annotated[str, typer.Option(help="Changed from then on.")] = "",
    updated_until: Annotated[str, typer.Option(help="Not changed since then.")] = "",
    text: Annotated[str, typer.Option("--search", help="All these words are said of it.")] = "",
    like: Annotated[str, typer.Option(help="Its text means nearly the same, nearest first.")] = "",
    sort: Annotated[
        str,
        typer.Option(
            help="last_seen, first_seen, updated, score, count or severity; with - descending."
        ),
    ] = "-last_seen",
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    cursor: Annotated[str, typer.Option(help="Where the page before ended, as it said.")] = "",
    as_json: AsJson = False,
) -> None:
    """List incidents, the latest first. Filters may be given several times."""
    from monitor.store.base import IncidentQuery

    query = IncidentQuery(
        status=_known("status", status, ("open", "acknowledged", "resolved")),
        severity=_known("severity", severity, ("info", "warning", "critical")),
        detector=tuple(detector or ()),
        kind=tuple(kind or ()),
        model=tuple(model or ()),
        route=tuple(route or ()),
        tenant=tuple(tenant or ()),
        owner=tuple(owner or ()),
        rule=tuple(rule or ()),
        verdict=_known("verdict", verdict, ("true_positive", "false_positive", "")),
        story=tuple(story or ()),
        since=_moment("since", since),
        until=_moment("until", until),
        first_since=_moment("first-since", first_since),
        first_until=_moment("first-until", first_until),
        updated_since=_moment("updated-since", updated_since),
        updated_until=_moment("updated-until", updated_until),
        text=text,
        limit=limit,
        cursor=cursor,
    )
    query = _ordered(query, sort, like=like)
    items, behind = where.use(lambda s: _read(s, query, like))
    if as_json:
        print_json(items)
    else:
        from monitor.cli.incidents import incident_table

        Console(markup=False).print(incident_table(items))
    if behind:
        told = f"there are more: --cursor={behind}"
        Console(stderr=True, markup=False, soft_wrap=True).print(told)


async def _read(store: Store, query: IncidentQuery, like: str) -> tuple[list[Incident], str]:
    from monitor.incidents.searching import incidents_like
    from monitor.silences.silencing import with_silences

    if not like:
        page = await store.incidents(query)
        return await with_silences(store, page.items, time.time()), page.cursor
    from detectors.text.embedding import StaticEncoder

    (row,) = StaticEncoder.load().encode([like])
    found = await incidents_like(store, row.tobytes(), query) if row.any() else []
    return [incident for incident, _ in found], ""


def _ordered(query: IncidentQuery, sort: str, *, like: str) -> IncidentQuery:
    from monitor.store.base import IncidentSort

    for known in get_args(IncidentSort):
        if known == sort:
            if like and (query.text or query.cursor or sort != "-last_seen"):
                raise FilterError(
                    "--like has an order of its own: without --search, --sort, --cursor"
                )
            return replace(query, sort=known)
    fields = ", ".join(each for each in get_args(IncidentSort) if not each.startswith("-"))
    raise FilterError(
        f"--sort {sort!r}: it is one of {fields}, with - before it from the largest on"
    )


def _known(option: str, given: Some, known: tuple[str, ...]) -> tuple[str, ...]:
    for value in given or ():
        if value not in known:
            raise FilterError(
                f"--{option} {value!r}: it is one of {', '.join(filter(None, known))}"
            )
    return tuple(given or ())


def _moment(option: str, given: str) -> float | None:
    return moment(given, now=time.time(), option=f"--{option}") if given else None
