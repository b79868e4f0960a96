"""A calibration as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from monitor.cli.whatif import tally_table

if TYPE_CHECKING:
    from detectors.safety.evaluation.intervals import Rate
    from monitor.cli.policy import Calibration
    from monitor.labels.calibration import Proposal

_COLUMNS = (
    "part",
    "category",
    "labels right, wrong",
    "now",
    "false positives",
    "proposed",
    "95%",
    "false positives then",
    "true ones kept",
    "",
)


def show_calibration(console: Console, answer: Calibration) -> None:
    """What is proposed and why, and what it would have changed."""
    console.print(
        f"{answer.exchanges} exchanges, {answer.labels} labels, "
        f"at most {answer.target:.3%} of benign texts flagged by each category"
    )
    table = Table(*_COLUMNS, box=None, header_style="bold", pad_edge=False)
    for each in answer.proposals:
        table.add_row(*_row(each))
    console.print(table)
    told = answer.difference
    console.print(
        f"of this traffic {told.flagged_after} exchanges would have been flagged, "
        f"not {told.flagged_before}"
    )
    if told.by_category:
        console.print(tally_table("category", told.by_category))
    for note in answer.notes:
        console.print(note)


def _row(each: Proposal) -> tuple[str, ...]:
    interval = each.interval
    return (
        each.part,
        each.category,
        f"{each.right}, {each.wrong}",
        f"{each.current:g}",
        _rate(each.false_positives),
        "" if each.proposed is None else f"{each.proposed:g}",
        "" if interval is None else f"{interval.low:.4g} to {interval.high:.4g}",
        _rate(each.false_positives_after),
        "" if each.kept is None else f"{each.kept.count} of {each.kept.of}",
        each.reason,
    )


def _rate(rate: Rate | None) -> str:
    if rate is None or rate.share is None or rate.interval is None:
        return ""
    return f"{rate.share:.2%} ({rate.interval.low:.2%} to {rate.interval.high:.2%})"
