"""What the page of a comparison says above Evidently's part."""

from __future__ import annotations

from monitor.reports.page import Heading, times
from monitor.reports.summary import ColumnReport, Summary

_SHOWN = 12
_NOTE = (
    "A column counts as moved where its p-value is below {limit:.2g}: the tests are of independent "
    "exchanges, so read small distances (0 to 1) with care. Reference is the baseline, current the "
    "window."
)


def heading(summary: Summary) -> Heading:
    """What is compared, and what moved."""
    counts, facts = summary.exchanges, summary.facts
    window = f"{counts['window']} exchanges{times(summary.first, summary.last)}"
    lines = [
        f"{window} beside {counts['reference']} of baseline {facts.baseline}.",
        f"{summary.moved} of {len(summary.columns)} columns moved.",
    ]
    if facts.since is not None:
        lines.append(f"Since the change there have been about {facts.since} exchanges.")
    moved = [column for column in summary.columns if column.moved][:_SHOWN]
    return Heading(
        title=f"{facts.kind.capitalize()}{facts.model and ' of ' + facts.model}",
        lines=[*lines, _NOTE.format(limit=summary.p_limit)],
        items=[f"{column.label}: {_change(column)}" for column in moved],
    )


def _change(column: ColumnReport) -> str:
    before, after = column.reference, column.window
    if "median" in before:
        what = "median" if before["median"] != after["median"] else "mean"
        return f"{what} {before[what]:.4g}, now {after[what]:.4g}"
    value = max(after, key=lambda name: after[name] - before[name])
    return f"{value} {before[value]:.1%}, now {after[value]:.1%}"
