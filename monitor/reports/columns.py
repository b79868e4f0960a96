"""Which columns of window and reference can be compared, in plain units and under plain names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from monitor.reports.distance import distances
from monitor.reports.names import Numbers, name_of
from monitor.reports.table import Table

_LEAST_PRESENT = 0.2
_FEWEST = 20
_COMMON_SHARE = 0.01
_MOST_VALUES = 20
_ABSENT = "(absent)"
_RARE = "(rare)"


@dataclass(frozen=True, slots=True, eq=False)
class Numeric:
    """A numeric column of both sides, NaN where absent."""

    key: str
    label: str
    side: str
    reference: Numbers
    window: Numbers


@dataclass(frozen=True, slots=True)
class Nominal:
    """A nominal column of both sides. Values that are rare on both share one name."""

    key: str
    label: str
    side: str
    reference: tuple[str, ...]
    window: tuple[str, ...]


def numeric(reference: Table, window: Table) -> list[Numeric]:
    """Channels that both sides have often enough and that vary, and the embeddings' distances."""
    found = [
        _numeric(name, _column(reference, name), _column(window, name))
        for name in reference.names
        if name in window.names
    ]
    for side in ("prompt", "response"):
        vectors = (getattr(table, f"{side}_embeddings") for table in (reference, window))
        found.append(_numeric(f"{side}_distance", *distances(*vectors)))
    kept = [each for each in found if _enough(each.reference) and _enough(each.window)]
    kept = [each for each in kept if np.ptp(_there(each)) > 0]
    return sorted(kept, key=lambda each: each.label)


def nominal(reference: Table, window: Table) -> list[Nominal]:
    """Nominal features of both sides that take more than one value."""
    found = []
    for key in reference.nominal.keys() & window.nominal.keys():
        before, after = reference.nominal[key], window.nominal[key]
        common = _common(before) | _common(after)
        pair = tuple(tuple(_shown(value, common) for value in side) for side in (before, after))
        if len({*pair[0], *pair[1]}) > 1:
            name = name_of(key)
            found.append(Nominal(key, name.label, name.side, *pair))
    return sorted(found, key=lambda each: each.label)


def _numeric(key: str, reference: Numbers, window: Numbers) -> Numeric:
    name = name_of(key)
    sides = (_rounded(name.back(side)) for side in (reference, window))
    return Numeric(key, name.label, name.side, *sides)


def _rounded(column: Numbers) -> Numbers:
    """Six digits: what differs only beyond them is the same, and no histogram could tell it apart."""
    there = np.isfinite(column) & (column != 0)
    digits = np.zeros(len(column))
    digits[there] = 5 - np.floor(np.log10(np.abs(column[there])))
    found: Numbers = np.round(column * 10**digits) / 10**digits
    return found


def _column(table: Table, name: str) -> Numbers:
    column: Numbers = np.asarray(table.values[:, table.names.index(name)], dtype=np.float64)
    return column


def _there(column: Numeric) -> Numbers:
    both = np.concatenate([column.reference, column.window])
    there: Numbers = both[np.isfinite(both)]
    return there


def _enough(column: Numbers) -> bool:
    there = np.isfinite(column).sum()
    return bool(there >= max(_FEWEST, _LEAST_PRESENT * len(column) / 2))


def _common(values: tuple[str, ...]) -> set[str]:
    least = max(3.0, _COMMON_SHARE * len(values))
    return {value for value, n in Counter(values).most_common(_MOST_VALUES) if n >= least}


def _shown(value: str, common: set[str]) -> str:
    return (value or _ABSENT) if value in common else _RARE
