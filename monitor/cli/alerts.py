"""`sidewatch alerts`: test the channels, see what was delivered, send again what was not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from monitor.cli import FOUND
from monitor.cli.dead_letters import app as dead
from monitor.cli.options import AsJson, Config, settings_from
from monitor.cli.output import console, print_json
from monitor.cli.spans import shown
from monitor.cli.where import Where, on_store

if TYPE_CHECKING:
    from monitor.alerts.records import Delivery
    from monitor.alerts.standing import ChannelStanding
    from monitor.store.base import Store

app = typer.Typer(
    no_args_is_help=True, help="Test the channels of alerts; see what was delivered and what not."
)
app.add_typer(dead, name="dead")


@app.command("test")
def send_test(
    channel: Annotated[str, typer.Argument(help="Which channel; all without.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Send a message that says it is a test; exit code 1 if a channel did not take it."""
    from monitor.alerts.trying import chosen, send_trial

    settings = settings_from(config).alerts
    trials = [send_trial(settings, name, at=time.time()) for name in chosen(settings, channel)]
    if as_json:
        print_json(trials)
    else:
        for each in trials:
            told = f"failed: {each.error}" if each.error else f"delivered in {each.seconds:.1f} s"
            typer.echo(f"{each.channel} ({each.kind}): {told}")
    if any(each.error for each in trials):
        raise typer.Exit(FOUND)


@app.command("list")
@on_store
def list_alerts(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Tries to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List how the channels do, and the latest tries to deliver, the latest first."""
    from monitor.alerts.standing import standings

    settings = where.settings().alerts

    async def read(opened: Store) -> tuple[list[ChannelStanding], list[Delivery]]:
        return await standings(opened, settings), await opened.deliveries(limit=limit)

    channels, tries = where.use(read)
    if as_json:
        print_json({"channels": channels, "items": tries})
        return
    console().print(_channels(channels))
    console().print(_tries(tries))


def _channels(channels: list[ChannelStanding]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("channel", "kind", "state", "last delivered", "waiting", "trouble"):
        table.add_column(column)
    for each in channels:
        failing = each.failing_since
        table.add_row(
            each.name,
            each.kind,
            "good" if failing is None else f"failing since {shown(failing)}",
            "never" if each.delivered is None else shown(each.delivered),
            str(each.waiting),
            each.trouble,
        )
    return table


def _tries(tries: list[Delivery]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("when", "channel", "outcome", "try", "message", "error"):
        table.add_column(column)
    for each in tries:
        table.add_row(
            shown(each.at), each.channel, each.outcome, str(each.tries), each.title, each.error
        )
    return table
