"""`sidewatch export`: stored exchanges as lines that other commands read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from monitor.cli.output import lines_to
from monitor.cli.spans import moment
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.access.owner import Owner
    from monitor.settings import Settings


@on_store
def export(
    where: Where,
    tenant: Annotated[str, typer.Option(help="Only this tenant's.")] = "",
    user: Annotated[str, typer.Option(help="Only this user's.")] = "",
    since: Annotated[str, typer.Option(help="From then on: 6h, 2d or a date.")] = "",
    until: Annotated[str, typer.Option(help="Up to then.")] = "",
    out: Annotated[str, typer.Option(help="File to write; - for standard output.")] = "-",
) -> None:
    """Write stored exchanges, one JSON object a line, oldest first, as `replay` and `score` read them.

    Texts are as they are stored: redacted, unless the settings say otherwise.
    """
    from monitor.access.owner import Owner

    now = time.time()
    span = (
        moment(since, now=now, option="--since") if since else 0.0,
        moment(until, now=now, option="--until") if until else now,
    )
    owner = Owner(tenant=tenant, user=user) if tenant or user else None
    settings = where.settings()
    with lines_to(out) as file:
        count = asyncio.run(_write(file, settings, owner, span))
    typer.echo(f"{count} exchanges", err=True)


async def _write(
    file: BinaryIO, settings: Settings, owner: Owner | None, span: tuple[float, float]
) -> int:
    from monitor.access.owner import exchange_within, of_record
    from monitor.connect import connected_store

    count = 0
    async with connected_store(settings.store) as opened:
        async for record in opened.walk_exchanges(since=span[0], until=span[1]):
            part = of_record(record)
            if owner is None or owner.owns(part.tenant, part.user):
                file.write(exchange_within(record) + b"\n")
                count += 1
    return count
