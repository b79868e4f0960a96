"""The table of commands. Each is imported when it is called, so that every one starts quickly."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from monitor import version

_OWN = {
    "up": "monitor.cli.up:up",
    "demo": "monitor.cli.demo:demo",
    "gateway": "monitor.cli.roles:gateway",
    "worker": "monitor.cli.roles:worker",
    "score": "monitor.cli.score:score",
    "eval": "monitor.cli.evaluate:app",
    "replay": "monitor.cli.replay:replay",
    "baseline": "monitor.cli.baseline:app",
    "report": "monitor.cli.report:report",
    "incidents": "monitor.cli.incidents:app",
    "alerts": "monitor.cli.alerts:app",
    "silences": "monitor.cli.silences:app",
    "mark": "monitor.cli.mark:mark",
    "keys": "monitor.cli.keys:app",
    "audit": "monitor.cli.audit:app",
    "export": "monitor.cli.export:export",
    "erase": "monitor.cli.erase:erase",
    "policy": "monitor.cli.policy:app",
    "config": "monitor.cli.config:app",
    "doctor": "monitor.cli.doctor:doctor",
    "bench": "monitor.cli.bench:app",
}
_ELSEWHERE = ("api",)
"""Commands of packages that import this one; they register under this entry point."""
_ENTRY_POINTS = "sidewatch.commands"


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return [*_OWN, *_ELSEWHERE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _OWN:
            module, _, name = _OWN[cmd_name].partition(":")
            return _as_command(getattr(import_module(module), name), cmd_name)
        if cmd_name in _ELSEWHERE:
            (found,) = entry_points(group=_ENTRY_POINTS, name=cmd_name)
            return _as_command(found.load(), cmd_name)
        return None


def _as_command(target: Any, name: str) -> Any:
    if isinstance(target, typer.Typer):
        command: Any = typer.main.get_group(target)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode="rich")
        single.command(name)(target)
        command = typer.main.get_command(single)
    command.name = name
    return command


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Watch a language model in production: latency, safety, drift, anomaly.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sidewatch {version()}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_tell_version
        ),
    ] = False,
) -> None: ...
