"""`sidewatch config`: check a configuration, show what is in force."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
import typer

from monitor.alerts.settings import REFERENCES
from monitor.cli.output import print_json
from monitor.reference import as_markdown
from monitor.settings import endpoint, load

_MASK = "***"
_SECRETS = (("api", "key"), ("gateway", "key_secret"))
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")

app = typer.Typer(no_args_is_help=True, help="Check a configuration; show what is in force.")


@app.command()
def check(file: Annotated[str, typer.Argument(help="TOML file.")]) -> None:
    """Validate a file whole, with the environment on top; exit 2 with the reason if it is wrong."""
    settings = load(file)
    for where in ("gateway.listen", "worker.metrics_listen", "api.listen"):
        section, _, key = where.partition(".")
        endpoint(getattr(getattr(settings, section), key), where=where)
    from monitor.gateway.upstreams.routes import check_routes

    check_routes(settings.gateway)
    typer.echo(f"{file}: good; policy version {settings.policy.version}")


@app.command()
def show(
    file: Annotated[str | None, typer.Argument(help="TOML file; defaults without.")] = None,
) -> None:
    """Print every setting as it would be used, as JSON; keys and passwords are masked."""
    table = msgspec.to_builtins(load(file))
    for section, key in _SECRETS:
        if table[section][key]:
            table[section][key] = _MASK
    for channel in table["alerts"]["channels"].values():
        if not channel["url"].startswith(REFERENCES):
            channel["url"] = _MASK
    table["store"]["url"] = _PASSWORD.sub(rf"\1{_MASK}@", table["store"]["url"])
    print_json(table)


@app.command()
def reference() -> None:
    """Print every key with its default and meaning, as Markdown (docs/configuration.md)."""
    typer.echo(as_markdown(), nl=False)
