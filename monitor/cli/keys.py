"""`sidewatch keys`: who may call the API, and for what."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from monitor.access.keys import KeyRecord, Scope, is_valid
from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import console, print_json
from monitor.cli.spans import seconds, shown
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.store.base import Store

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys of the API.")

_SECRET = ("salt", "hash")


@app.command()
@on_store
def create(
    where: Where,
    name: Annotated[str, typer.Argument(help="By which the audit log knows the key.")],
    scope: Annotated[
        Scope, typer.Option(help="read; operate: also changes incidents; admin: also keys.")
    ] = "read",
    tenant: Annotated[str, typer.Option(help="The only tenant it sees; all without.")] = "",
    ttl: Annotated[str, typer.Option(help="How long it counts, such as 12h or 90d.")] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it. It is shown this once: only a salted hash of it is kept."""
    from monitor.access.issuing import issue

    change = change_of(by)
    span = seconds(ttl, option="--ttl") if ttl else None

    async def make(opened: Store) -> tuple[str, KeyRecord]:
        return await issue(
            opened, name=name, scope=scope, tenant=tenant, ttl=span, by=change.by, at=change.at
        )

    key, record = where.use(make)
    if as_json:
        print_json({"key": key, "record": _plain(record)})
    else:
        typer.echo(key)
        typer.echo(f"{record.id}: {scope}, {tenant or 'every tenant'}, {_until(record)}", err=True)


@app.command("list")
@on_store
def list_keys(
    where: Where,
    as_json: AsJson = False,
) -> None:
    """List every key that was made, newest first; none can be used by what is shown."""
    records = where.use(lambda s: s.keys())
    if as_json:
        print_json([_plain(record) for record in records])
    else:
        console().print(_table(records, now=time.time()))


@app.command()
@on_store
def revoke(
    where: Where,
    key_id: Annotated[str, typer.Argument(help="The key's id, its middle part.")],
    by: By = None,
) -> None:
    """Let a key open nothing from its next request on."""
    from monitor.access import issuing

    change = change_of(by)
    record = where.use(lambda s: issuing.revoke(s, key_id, by=change.by, at=change.at))
    typer.echo(f"{record.id} ({record.name}) is revoked")


def _table(records: list[KeyRecord], *, now: float) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "name", "scope", "tenant", "made", "counts"):
        table.add_column(column)
    for record in records:
        table.add_row(
            record.id,
            record.name,
            record.scope,
            record.tenant or "all",
            shown(record.created),
            _until(record) if is_valid(record, at=now) else "no more",
        )
    return table


def _until(record: KeyRecord) -> str:
    return "for good" if record.expires is None else f"until {shown(record.expires)}"


def _plain(record: KeyRecord) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(record)
    return {name: value for name, value in told.items() if name not in _SECRET}
