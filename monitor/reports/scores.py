"""Safety scores in columns: probabilities by side and category, what was flagged, and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from monitor.reports.table import Table

FLAGGED, LABEL = "_flagged", "_label"
"""Endings of nominal columns, after a side: yes or no; "" where nobody judged it."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One exchange: scores and whether they are flagged by side, and what a person said of a side."""

    at: float
    scores: Mapping[str, Mapping[str, float]]
    flagged: Mapping[str, bool]
    labels: Mapping[str, bool] = field(default_factory=dict)


def table(exchanges: Sequence[Scored]) -> Table:
    """The exchanges as a window; a column is `SIDE.CATEGORY`, NaN where that side has no score."""
    rows = sorted(exchanges, key=lambda x: x.at)
    found = [
        {f"{side}.{name}": p for side, named in x.scores.items() for name, p in named.items()}
        for x in rows
    ]
    names = tuple(sorted({key for each in found for key in each}))
    sides = sorted({side for x in rows for side in x.scores})
    values = [[each.get(name, np.nan) for name in names] for each in found]
    none = np.zeros((len(rows), 0), dtype=np.float16)
    return Table(
        names=names,
        values=np.array(values, dtype=np.float32).reshape(len(rows), len(names)),
        nominal={f"{side}{FLAGGED}": _words([x.flagged.get(side) for x in rows]) for side in sides}
        | {f"{side}{LABEL}": _words([x.labels.get(side) for x in rows]) for side in sides},
        prompt_embeddings=none,
        response_embeddings=none,
        at=np.array([x.at for x in rows], dtype=np.float64),
    )


def _words(answers: Sequence[bool | None]) -> tuple[str, ...]:
    return tuple("" if answer is None else "yes" if answer else "no" for answer in answers)
