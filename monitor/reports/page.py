"""Evidently's page with our heading, under a policy that lets it load nothing from anywhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from monitor.reports.errors import ReportError

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""The page holds its scripts in itself; they may reach no other place."""

_HEAD, _BODY = "<head>", "<body>"
_STYLE = "font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:1.5rem auto;padding:0 1rem;color:#222"


@dataclass(frozen=True, slots=True)
class Heading:
    """Plain text for the top of a page: a title, paragraphs, and a list."""

    title: str
    lines: Sequence[str]
    items: Sequence[str]


def with_heading(page: str, heading: Heading) -> str:
    """The page with its policy and the heading.

    Raises
    ------
    ReportError
        The page is not laid out as this version of Evidently lays it out.
    """
    if _HEAD not in page or _BODY not in page:
        raise ReportError("the page of this version of Evidently cannot be read")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    title = f"<title>{escape(heading.title)}</title>"
    page = page.replace(_HEAD, f"{_HEAD}{meta}{title}", 1)
    return page.replace(_BODY, f"{_BODY}{_section(heading)}", 1)


def times(first: float, last: float) -> str:
    """Two times in seconds since the epoch, for a person."""
    ends = (time.strftime("%Y-%m-%d %H:%M", time.gmtime(each)) for each in (first, last))
    return f" ({' to '.join(ends)} UTC)"


def _section(heading: Heading) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in heading.lines)
    items = "".join(f"<li>{escape(item)}</li>" for item in heading.items)
    return f'<section style="{_STYLE}"><h1>{escape(heading.title)}</h1>{lines}<ul>{items}</ul></section>'
