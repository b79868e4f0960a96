"""Options that the baseline commands share."""

from __future__ import annotations

import getpass
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.baselines.promoting import Change

By = Annotated[
    str | None, typer.Option("--by", help="Who does it, for the audit log; your login without it.")
]
Note = Annotated[str, typer.Option("--note", help="Why; kept in the audit log.")]


def change_of(by: str | None, note: str = "") -> Change:
    """Who changes something now, and why."""
    from monitor.baselines.promoting import Change

    return Change(by=by or _login(), at=time.time(), note=note)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # as in a container whose user has no name
