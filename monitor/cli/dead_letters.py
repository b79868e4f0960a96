"""`sidewatch alerts dead`: messages that were given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from monitor.alerts.errors import AlertError
from monitor.cli.baseline_options import By, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import console, print_json
from monitor.cli.spans import shown
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.alerts.records import DeadLetter
    from monitor.store.base import Store

app = typer.Typer(no_args_is_help=True, help="List, send again or drop messages given up.")

_ID = Annotated[str, typer.Argument(help="The dead letter's id.")]
_ALL = Annotated[bool, typer.Option("--all", help="All of them instead of one.")]
_MOST = 1_000


@app.command("list")
@on_store
def list_letters(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=_MOST)] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages that were given up, the latest first."""
    letters = where.use(lambda s: s.dead_letters(limit=limit))
    if as_json:
        print_json(letters)
    else:
        console().print(_table(letters))


@app.command()
@on_store
def retry(
    where: Where,
    letter: _ID = "",
    everything: _ALL = False,
    by: By = None,
) -> None:
    """Have the worker that delivers send a message again, once its channel is free."""
    from monitor.alerts.letters import send_again

    change = change_of(by)
    count = where.use(
        lambda s: _each(
            s, letter, lambda name: send_again(s, name, by=change.by, at=change.at), everything
        )
    )
    typer.echo(f"{count} to be sent again")


@app.command()
@on_store
def drop(
    where: Where,
    letter: _ID = "",
    everything: _ALL = False,
    by: By = None,
) -> None:
    """Remove a message for good."""
    from monitor.alerts.letters import throw_away

    change = change_of(by)
    count = where.use(
        lambda s: _each(
            s, letter, lambda name: throw_away(s, name, by=change.by, at=change.at), everything
        )
    )
    typer.echo(f"{count} dropped")


async def _each(
    store: Store, letter: str, do: Callable[[str], Awaitable[bool]], everything: bool
) -> int:
    if bool(letter) == everything:
        raise AlertError("name one dead letter, or give --all")
    if everything:
        names = [each.id for each in await store.dead_letters(limit=_MOST)]
        return sum([await do(name) for name in names])
    if not await do(letter):
        raise AlertError(f"there is no dead letter {letter!r}: `sidewatch alerts dead list`")
    return 1


def _table(letters: list[DeadLetter]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "given up", "channel", "tries", "message", "error"):
        table.add_column(column, no_wrap=column == "id")
    for each in letters:
        table.add_row(
            each.id,
            shown(each.at),
            each.channel,
            str(each.tries),
            each.message.title,
            each.error,
        )
    return table
