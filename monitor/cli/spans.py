"""Times as people write them: 6h ago, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from monitor.settings import SettingsError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(span: str, *, option: str = "--since") -> float:
    """Seconds of a span such as 90s, 30m, 6h or 2d.

    Raises
    ------
    SettingsError
        It has another form; the message names the option.
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise SettingsError(f"{option} {span!r}: write a number and s, m, h or d, such as 6h")
    return float(match[1]) * _SECONDS[match[2]]


def moment(text: str, *, now: float, option: str) -> float:
    """The time, in seconds since the epoch, of a span before `now` or of a date such as 2026-11-02T08:00.

    A date without an offset is in UTC.

    Raises
    ------
    SettingsError
        It has another form; the message names the option.
    """
    if _SPAN.fullmatch(text):
        return now - seconds(text)
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"{option} {text!r}: write a span such as 30m, 6h or 2d, or a date such as "
            "2026-11-02 or 2026-11-02T08:00"
        ) from None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def shown(at: float) -> str:
    """A time for a person, in UTC, to the minute."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
