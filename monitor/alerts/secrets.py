"""Where a setting says `env:NAME` or `file:PATH`, what is there; it is never shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.alerts.errors import AlertError


def revealed(value: str, *, where: str, environ: Mapping[str, str] | None = None) -> str:
    """The value itself, without the space around it; one that names no place stays as it is.

    Raises
    ------
    AlertError
        There is nothing at that place; the message names the setting and the place alone.
    """
    kind, _, place = value.partition(":")
    if kind == "env":
        found = (os.environ if environ is None else environ).get(place, "").strip()
    elif kind == "file":
        found = _read(place, where)
    else:
        return value
    if not found:
        raise AlertError(f"{where}: nothing is in {value}")
    return found


def _read(path: str, where: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AlertError(f"{where}: {path} cannot be read") from error
