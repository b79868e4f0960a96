"""A report in plain values: what moved, by how much, for a program to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from monitor.reports import testing
from monitor.reports.columns import Nominal, Numeric
from monitor.reports.facts import Facts
from monitor.reports.names import Numbers

_DIGITS = 4
_SHOWN = 8


class ColumnReport(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `reference` and `window` are statistics, or shares of the most common values.

    `distance` is from 0 to 1: the largest difference of the cumulative shares, or the share that
    would have to take another value.
    """

    name: str
    label: str
    side: str
    distance: float
    p_value: float
    moved: bool
    reference: dict[str, float]
    window: dict[str, float]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A report: what it is about, how many exchanges it compares, and every column.

    Times are in seconds since the epoch. Columns that moved come first, the farthest before others.
    """

    facts: Facts
    exchanges: dict[str, int]
    first: float
    last: float
    p_limit: float
    moved: int
    columns: list[ColumnReport]
    versions: dict[str, str]


def reports(numeric: Sequence[Numeric], nominal: Sequence[Nominal]) -> list[ColumnReport]:
    """Every column: those that moved first, the one that moved farthest before the others."""
    bound = testing.limit(len(numeric) + len(nominal))
    found = [
        _report(x, testing.numeric(x.reference, x.window), bound, map(_statistics, _sides(x)))
        for x in numeric
    ]
    found += [
        _report(x, testing.nominal(x.reference, x.window), bound, _shares(x.reference, x.window))
        for x in nominal
    ]
    return sorted(found, key=lambda each: (not each.moved, -each.distance, each.p_value))


def _sides(column: Numeric) -> tuple[Numbers, Numbers]:
    return column.reference, column.window


def _report(
    column: Numeric | Nominal,
    found: testing.Difference,
    bound: float,
    sides: Iterable[dict[str, float]],
) -> ColumnReport:
    reference, window = sides
    return ColumnReport(
        name=column.key,
        label=column.label,
        side=column.side,
        distance=round(found.distance, _DIGITS),
        p_value=found.p_value,
        moved=found.p_value < bound,
        reference=reference,
        window=window,
    )


def _statistics(column: Numbers) -> dict[str, float]:
    there = column[np.isfinite(column)]
    low, median, high = np.quantile(there, (0.05, 0.5, 0.95))
    found = {"mean": there.mean(), "p05": low, "median": median, "p95": high}
    found["present"] = len(there) / len(column)
    # Adding zero: what rounds to minus zero is zero.
    return {name: round(float(value), _DIGITS) + 0.0 for name, value in found.items()}


def _shares(reference: Sequence[str], window: Sequence[str]) -> Iterator[dict[str, float]]:
    """Shares of the values that are most common on both sides together."""
    counts = [Counter(reference), Counter(window)]
    shown = [value for value, _ in (counts[0] + counts[1]).most_common(_SHOWN)]
    for own in counts:
        yield {value: round(own[value] / own.total(), _DIGITS) for value in shown}
