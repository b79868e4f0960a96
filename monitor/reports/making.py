"""Makes one report of two tables: the summary, and Evidently's page under it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from monitor.reports.columns import Nominal, Numeric, nominal, numeric
from monitor.reports.errors import ReportError
from monitor.reports.facts import FEWEST, Facts
from monitor.reports.heading import heading
from monitor.reports.page import with_heading
from monitor.reports.summary import Summary, reports
from monitor.reports.table import Table
from monitor.reports.testing import limit

_TIMES = ("log_ttft", "log_seconds_per_token", "log_input_tokens", "log_output_tokens")
"""What a person reads latency by: the times, and the lengths that explain them."""

Columns = tuple[list[Numeric], list[Nominal]]
C = TypeVar("C", Numeric, Nominal)


def make(reference: Table, window: Table, facts: Facts) -> tuple[str, Summary]:
    """The HTML page and the summary.

    Raises
    ------
    ReportError
        The window is too small, or nothing in it can be compared.
    """
    if window.size < FEWEST:
        raise ReportError(
            f"a report needs {FEWEST} finished exchanges in its window and got {window.size}"
        )
    columns = _columns(reference, window, facts.kind)
    labels = [each.label for group in columns for each in group]
    if not labels:
        raise ReportError("window and reference have no column in common that can be compared")
    found = reports(*columns)
    # Imported here: whatever else is wrong is told without waiting for it.
    from monitor.reports.evidently import VERSION, drift_page  # noqa: PLC0415

    summary = Summary(
        facts=facts,
        exchanges={"reference": reference.size, "window": window.size},
        first=float(window.at.min()),
        last=float(window.at.max()),
        p_limit=limit(len(found)),
        moved=sum(each.moved for each in found),
        columns=found,
        versions={"evidently": VERSION},
    )
    page = drift_page(*columns, order=[each.label for each in found])
    return with_heading(page, heading(summary)), summary


def _columns(reference: Table, window: Table, kind: str) -> Columns:
    numbers, values = numeric(reference, window), nominal(reference, window)
    if kind == "latency":
        numbers, values = [x for x in numbers if x.key in _TIMES], []
    taken: set[str] = set()
    return [_distinct(x, taken) for x in numbers], [_distinct(x, taken) for x in values]


def _distinct(column: C, taken: set[str]) -> C:
    """Labels are columns of one frame: of two that are the same one gets its key beside."""
    label = column.label if column.label not in taken else f"{column.label} ({column.key})"
    taken.add(label)
    return replace(column, label=label)
