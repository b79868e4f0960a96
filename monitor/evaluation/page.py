"""An evaluation as one HTML page: no script, nothing from elsewhere, and a policy that says so.

The page holds the names of sources, languages and groups, and never a text of the set.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from monitor.evaluation.curves import precision_recall, reliability
from monitor.evaluation.report import Report, SideReport
from monitor.evaluation.tables import Table, gap, tables, unscored

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:1rem 0 0}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd;white-space:nowrap}
thead th{white-space:normal;vertical-align:bottom}th:first-child,td:first-child{text-align:left}
.warning{background:#fff3d6;padding:.5rem .8rem}.failed{background:#fde2e0;padding:.5rem .8rem}
svg{margin-right:1.5rem}text{font:12px sans-serif;fill:#444}.axis{stroke:#888;fill:none}
.guide{stroke:#bbb;stroke-dasharray:4;fill:none}.curve{stroke:#2f5d9b;stroke-width:2;fill:none}
.dot{fill:#2f5d9b}
"""
_NOTES = (
    "Brackets are 95% intervals: the bootstrap for areas, Wilson's for shares.",
    "A dash is what this set cannot show: one class is missing, or the negatives are too few.",
    "AUPRC depends on the share of positives in the set; compare it only on the same set.",
    "Hits and false alarms are at the policy's thresholds, unsafe texts and others apart.",
)


def page(report: Report, *, name: str, failed: list[str]) -> str:
    """The whole page; `name` is what the set is called, `failed` the limits that are not met."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    title = f"Safety of {escape(name)}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n" + "\n".join(_body(report, failed)) + "\n</body>\n</html>\n"
    )


def _body(report: Report, failed: list[str]) -> Iterator[str]:
    judges = ", ".join(report.models) or "the built-in model"
    yield f"<p>{report.exchanges} exchanges, judged by {escape(judges)}.</p>"
    yield from (f'<p class="failed">{escape(text)}</p>' for text in failed)
    for side, one in report.sides.items():
        if told := unscored(side, one):
            yield f'<p class="warning">{escape(told)}</p>'
    yield from map(_table, tables(report))
    for side, one in report.sides.items():
        if told := gap(side, one):
            yield f"<p>{escape(told)}.</p>"
    for side, one in report.sides.items():
        yield from _pictures(side, one)
    yield "<h2>How to read this</h2>"
    yield from (f"<p>{escape(note)}</p>" for note in _NOTES)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in table.header)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell.whole)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return (
        f'<h2>{escape(table.title)}</h2>\n<div class="wide"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _pictures(side: str, one: SideReport) -> Iterator[str]:
    drawn = [(name, f) for name, f in one.categories.items() if f.ranked is not None]
    if drawn:
        yield f"<h2>Curves of {side}s</h2>"
    for name, own in drawn:
        if own.ranked is not None:
            curve = precision_recall(own.ranked.precision_recall)
            yield f"<h3>{escape(name)}</h3>\n<div>{curve}{reliability(own.reliability)}</div>"
