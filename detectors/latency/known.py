"""What each phase takes by model and route, as far as a baseline knows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from detectors.latency.load import columns
from detectors.latency.usual import FEWEST, Usual
from detectors.latency.worth import discount

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.line import Array
    from detectors.rules import Key

ANY = "*"
"""In place of a model: all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class UsualTimes:
    """What the phases take by model and route; nothing of traffic the baseline does not know."""

    by_key: dict[Key, dict[str, Usual]]
    models: frozenset[str]

    def of(self, model: str, route: str) -> dict[str, Usual]:
        """Find the phases; a model that the baseline has not is held to the same route's times."""
        return self.by_key.get((model if model in self.models else ANY, route), {})

    @property
    def phases(self) -> frozenset[str]:
        """The phases known of any traffic."""
        return frozenset(phase for phases in self.by_key.values() for phase in phases)

    @classmethod
    def fit(cls, baseline: Baseline) -> UsualTimes:
        """Fit every model and route that has enough timed exchanges in the baseline."""
        places: dict[Key, list[int]] = defaultdict(list)
        for i, key in enumerate(zip(baseline.models, baseline.routes, strict=True)):
            places[key].append(i)
            places[ANY, key[1]].append(i)
        series = [_Series.of(phase, rows, places) for phase, rows in columns(baseline).items()]
        # A load that shows in one phase is there for the others: chance is no explanation then.
        loaded = any(each.worth(loaded=False) < 1.0 for each in series)
        found: dict[Key, dict[str, Usual]] = {key: {} for key in places}
        for each in series:
            for key, usual in each.usual(each.worth(loaded=loaded)).items():
                found[key][each.phase] = usual
        return cls(
            {key: phases for key, phases in found.items() if phases}, frozenset(baseline.models)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """One phase of all traffic in time order: fitted by key, and how all of it stands by that."""

    phase: str
    fitted: dict[Key, Usual]
    standings: Array

    @classmethod
    def of(cls, phase: str, rows: Array, places: dict[Key, list[int]]) -> _Series:
        there = ~np.isnan(rows).any(axis=1) & (rows[:, 0] > 0)
        timed = {key: np.array([i for i in own if there[i]]) for key, own in places.items()}
        enough = {key: own for key, own in timed.items() if len(own) >= FEWEST}
        fitted = {key: Usual.fit(phase, rows[own]) for key, own in enough.items()}
        standings = np.full(len(rows), np.nan)
        for key, own in enough.items():
            if key[0] != ANY:
                standings[own] = fitted[key].standings(rows[own])
        return cls(phase, fitted, standings[~np.isnan(standings)])

    def worth(self, *, loaded: bool) -> float:
        """What the whole series is worth; all of it where it is too short to say."""
        if len(self.standings) < FEWEST:
            return 1.0
        return discount(self.standings, loaded=loaded)

    def usual(self, together: float) -> dict[Key, Usual]:
        """Each key's, with allowance for what all traffic has in common."""
        whole = max(1, len(self.standings))
        return {key: usual.among(together, whole) for key, usual in self.fitted.items()}


@lru_cache(maxsize=8)
def usual_times(baseline: Baseline) -> UsualTimes:
    """Fit a baseline once for all rules that have it."""
    return UsualTimes.fit(baseline)
