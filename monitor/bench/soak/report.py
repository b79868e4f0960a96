"""A soak for people: a bar while it runs, its checks at the end, and a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from monitor.bench import svg
from monitor.bench.soak.sampling import Sample
from monitor.bench.soak.verdict import Check

_MARKS = {True: "good", False: "NOT", None: "too short to tell"}


@contextmanager
def telling(console: Console, seconds: float) -> Iterator[Callable[[float, Sample | None], None]]:
    """A bar with the latest figures, where a person watches."""
    columns = (
        *(BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=seconds)

        def tell(gone: float, sample: Sample | None) -> None:
            text = "" if sample is None else _line(sample)
            bar.update(task, completed=gone, description=text)

        yield tell


def table(document: dict[str, Any]) -> Table:
    """Each check, and what it was judged by."""
    outcomes = document["outcomes"].items()
    told = ", ".join(f"{count} {name}" for name, count in sorted(outcomes))
    drawn = Table(header_style="bold", pad_edge=False, caption=told, caption_justify="left")
    for column in ("check", "", "figures"):
        drawn.add_column(column)
    checks: list[Check] = document["checks"]
    for check in checks:
        drawn.add_row(check.name, _MARKS[check.good], check.said)
    return drawn


def picture(document: dict[str, Any]) -> str:
    """Memory, files, CPU and what waited, over time."""
    samples: list[Sample] = document["samples"]
    times = [sample.at for sample in samples]
    memory = {
        "resident": [sample.resident / 1e6 for sample in samples],
        "its share": [sample.proportional / 1e6 for sample in samples],
    }
    waiting = {
        "in memory": [sample.queued for sample in samples],
        "on disk": [sample.spooled for sample in samples],
    }
    counted = {
        "seen": [sample.seen for sample in samples],
        "recorded": [sample.recorded for sample in samples],
    }
    return svg.page(
        [
            svg.lines("memory of the gateway", times, memory, unit="MB"),
            svg.lines("exchanges waiting", times, waiting, unit=""),
            svg.lines("open files", times, {"": [float(s.files) for s in samples]}, unit=""),
            svg.lines("exchanges", times, counted, unit=""),
        ]
    )


def _line(sample: Sample) -> str:
    return (
        f"{sample.seen:.0f} seen, {sample.recorded:.0f} recorded, {sample.dropped:.0f} dropped, "
        f"{sample.queued + sample.spooled:.0f} waiting; {sample.resident / 1e6:.1f} MB"
    )
