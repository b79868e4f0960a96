"""Evidently's page with our heading, under a policy that lets it load nothing from anywhere."""

from __future__ import annotations

import time
from html import escape

from monitor.reports.errors import ReportError
from monitor.reports.summary import ColumnReport, Summary

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""The page holds its scripts in itself; they may reach no other place."""

_SHOWN = 12
_NOTE = (
    "A column counts as moved where its p-value is below {limit:.2g}: the tests are of independent "
    "exchanges, so read small distances (0 to 1) with care. Reference is the baseline, current the "
    "window."
)
_HEAD, _BODY = "<head>", "<body>"
_STYLE = "font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:1.5rem auto;padding:0 1rem;color:#222"


def with_heading(page: str, summary: Summary) -> str:
    """The page with its policy, and a heading that says what it compares and what moved.

    Raises
    ------
    ReportError
        The page is not laid out as this version of Evidently lays it out.
    """
    if page.count(_HEAD) < 1 or page.count(_BODY) < 1:
        raise ReportError("the page of this version of Evidently cannot be read")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    title = f"<title>{escape(_title(summary))}</title>"
    page = page.replace(_HEAD, f"{_HEAD}{meta}{title}", 1)
    return page.replace(_BODY, f'{_BODY}<section style="{_STYLE}">{_heading(summary)}</section>', 1)


def _title(summary: Summary) -> str:
    model = summary.facts.model
    return f"{summary.facts.kind.capitalize()}{model and ' of ' + model}"


def _heading(summary: Summary) -> str:
    counts, facts = summary.exchanges, summary.facts
    against = f"baseline {facts.baseline}" if facts.baseline else "the reference"
    lines = [
        f"{counts['window']} exchanges{_times(summary)} beside {counts['reference']} of {against}.",
        f"{summary.moved} of {len(summary.columns)} columns moved.",
    ]
    if facts.since is not None:
        lines.append(f"Since the change there have been about {facts.since} exchanges.")
    lines.append(_NOTE.format(limit=summary.p_limit))
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    moved = [column for column in summary.columns if column.moved][:_SHOWN]
    return f"<h1>{escape(_title(summary))}</h1>{told}<ul>{''.join(map(_line, moved))}</ul>"


def _times(summary: Summary) -> str:
    ends = (time.gmtime(each) for each in (summary.first, summary.last))
    return f" ({' to '.join(time.strftime('%Y-%m-%d %H:%M', end) for end in ends)} UTC)"


def _line(column: ColumnReport) -> str:
    return f"<li>{escape(column.label)}: {escape(_change(column))}</li>"


def _change(column: ColumnReport) -> str:
    before, after = column.reference, column.window
    if "median" in before:
        what = "median" if before["median"] != after["median"] else "mean"
        return f"{what} {before[what]:.4g}, now {after[what]:.4g}"
    value = max(after, key=lambda name: after[name] - before[name])
    return f"{value} {before[value]:.1%}, now {after[value]:.1%}"
