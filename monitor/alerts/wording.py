"""Names and numbers as a message for people has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

LONGEST = 300
_LATEST = 1e11
_SPACE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_MARKS = re.compile(r"([\\`*_{}\[\]()#|~])")
# Clients name models, routes and tenants: such a name must not call a whole channel together, as
# <!channel> and @everyone do, nor begin a line or a link of its own: these letters only look alike.
_NEUTRAL = str.maketrans({"<": "\u2039", ">": "\u203a", "@": "\uff20"})


def plain(text: str, *, longest: int = LONGEST) -> str:
    """A text on one line, cut, that no chat takes for an order."""
    line = _SPACE.sub(" ", text).strip().translate(_NEUTRAL)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def marked(text: str) -> str:
    """A plain text as Markdown that looks the same."""
    return _MARKS.sub(r"\\\1", text)


def when(at: float) -> str:
    """A time as people read it, in UTC; the nearest that can be, for one that cannot."""
    return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC).strftime("%Y-%m-%d %H:%M UTC")


def number(value: float | str | None) -> str:
    """A number in few digits, or a text as it is."""
    return f"{value:.4g}" if isinstance(value, float | int) else str(value or "")


def counted(count: int, one: str) -> str:
    """`1 incident`, `2 incidents`."""
    return f"{count} {one}" + ("" if count == 1 else "s")
