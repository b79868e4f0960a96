"""Traffic with a day and a night: what is said of it, and of changes on top of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.drift.changes import Change, changes
from benchmarks.drift.scored import placed
from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.drift.scored import ScoredTraffic
    from benchmarks.drift.traffic import Pair
    from detectors.observation import Observation

    Pool = tuple[list[Pair], list[Pair]]

_DAY = 86_400.0
_MIDNIGHT = 1_700_006_400.0
_APART = 90.0
_PER_DAY = int(_DAY / _APART)
_DAYS = 3
_CHANGED = 600
_PLANTED = ("jailbreaks 20%", "refusals 20%", "German 50%", "answers cut off 50%")


@dataclass(frozen=True, slots=True)
class Days:
    """Days in some hours of which a share of the prompts are of a topic that the others lack."""

    traffic: ScoredTraffic
    pool: Pool
    hours: range
    share: float

    def stream(
        self, rng: np.random.Generator, first: int, count: int, change: Change | None = None
    ) -> Iterator[Observation]:
        """Yield exchanges at equal distances, from place `first` on, changed or not."""
        ordinary, far = self.pool
        for place in range(first, first + count):
            at = _MIDNIGHT + _APART * place
            special = int(at % _DAY / 3_600) in self.hours and rng.random() < self.share
            listed = far if special else ordinary
            pair = listed[int(rng.integers(len(listed)))]
            if change is not None and change.turn is not None and rng.random() < change.share:
                pair = change.turn(pair, rng)
            yield replace(placed(self.traffic.observe(pair), place, rng), at=at)


def measure_seasons(traffic: ScoredTraffic, pool: Pool, seed: int) -> dict[str, dict[str, int]]:
    """Count the kinds of alarms on days like the baseline's, and of changes by day and by night."""
    rng = np.random.default_rng(seed)
    start = _DAYS * _PER_DAY
    found = {}
    for name, days in {
        "half of seven hours": Days(traffic, pool, range(7), 0.5),
        "all of one hour": Days(traffic, pool, range(3, 4), 1.0),
    }.items():
        baseline = _baseline(days, rng)
        found[f"{name}, no change"] = _kinds(baseline, days.stream(rng, start, start))
    days = Days(traffic, pool, range(7), 0.5)
    baseline = _baseline(days, rng)
    for change in changes(traffic, pool[1]):
        for when, hour in (("day", 12), ("night", 1)):
            if change.name in _PLANTED:
                first = start + hour * _PER_DAY // 24
                stream = days.stream(rng, first, _CHANGED, change)
                found[f"{change.name}, by {when}"] = _kinds(baseline, stream, most=1)
    return found


def _baseline(days: Days, rng: np.random.Generator) -> Baseline:
    known = list(days.stream(rng, 0, _DAYS * _PER_DAY))
    return Baseline.build(known, name="bench", encoder="wordllama-256", created=0.0)


def _kinds(
    baseline: Baseline, stream: Iterator[Observation], most: int | None = None
) -> dict[str, int]:
    rule = DriftRule(DriftPolicy(), baseline)
    kinds = (d.shift.kind for x in stream for d in rule.observe(x).detections if d.shift)
    return dict(Counter(islice(kinds, most)))
