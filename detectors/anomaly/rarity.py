"""How rare a category is in the baseline, by itself or beside another one."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

_LEAST_SEEN = 30
_STEPS = 2
_UNKNOWN = frozenset({"", "und", "none"})


@dataclass(frozen=True, slots=True, eq=False)
class Rarity:
    """Surprise of a category, -log((count + 1/2) / (rows + 1)), given another one or alone.

    It is rounded to half a nat. Counts of one part of the baseline and of another differ a little,
    and a value that is a hair above all others must not look like one that was never seen.
    """

    surprises: dict[tuple[str, str], float]
    unseen: dict[str, float]

    @classmethod
    def fit(cls, given: list[str], values: list[str]) -> Rarity:
        """Count the pairs of which both are known."""
        pairs = [
            (g, v) for g, v in zip(given, values, strict=True) if v not in _UNKNOWN and g != "und"
        ]
        totals = {g: n for g, n in Counter(g for g, _ in pairs).items() if n >= _LEAST_SEEN}
        surprises = {
            (g, v): _surprise(n, totals[g]) for (g, v), n in Counter(pairs).items() if g in totals
        }
        return cls(surprises, {g: _surprise(0, n) for g, n in totals.items()})

    def of(self, given: str, value: str) -> float:
        """NaN where the value is not known, or too little was seen beside `given`."""
        found = self.surprises.get((given, value))
        if found is not None:
            return found
        return math.nan if value in _UNKNOWN else self.unseen.get(given, math.nan)


def _surprise(count: int, rows: int) -> float:
    return round(-_STEPS * math.log((count + 0.5) / (rows + 1.0))) / _STEPS
