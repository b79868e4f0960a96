"""How usual a time is: its rank among the baseline's, once its tokens are explained away."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detectors.latency.load import Load, Sample, columns, fit_load

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.line import Array
    from detectors.rules import Key

_FEWEST = 60
_STRATA = 4
_BEYOND = 1.5
_SPREAD = 1.349
# Ranks from -1 to 1 have this standard deviation; two errors of the baseline's mean are allowed for.
_DEVIATION = 0.577
_ERRORS = 2.0
_TOLERATED = 0.02
_LEAST_DISCOUNT = 0.02
_TAIL = 0.05
_FAR_SHARE = 1e-4
_FAR_RANK = 1.01


class Judged(NamedTuple):
    """One time judged. `rank` is from -1 to 1, or a little above, `excess` in seconds over the baseline's mean."""

    rank: float
    excess: float
    ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What a phase takes, for one model and route.

    Logarithms of seen over expected are centred and scaled within strata of tokens (`edges`), since
    short answers scatter more, and ranked among the baseline's (`ordered`). Times of inputs or
    outputs far beyond the baseline's are not judged: longer prompts are no slow server. `discount`
    is how much less a series of times tells than as many independent ones. Beyond `far` lies less
    than one time in ten thousand, by an exponential tail laid on the longest 5%, its mean excess
    taken two standard errors too large; such a time ranks above 1.
    """

    load: Load
    by: int
    edges: tuple[float, ...]
    middles: tuple[float, ...]
    scales: tuple[float, ...]
    ordered: tuple[float, ...]
    means: tuple[float, ...]
    longest: tuple[float, float]
    far: float
    margin: float
    discount: float

    def judge(self, sample: Sample) -> Judged | None:
        """Judge a time; None where the baseline has nothing like it."""
        if sample.inputs > self.longest[0] or sample.outputs > self.longest[1]:
            return None
        expected = self.load.expected(sample)
        stratum = bisect_right(self.edges, sample[self.by])
        middle = self.middles[stratum]
        rest = math.log(sample.seconds / expected) - middle
        z = (rest - _TOLERATED) / self.scales[stratum]
        below = bisect_left(self.ordered, z)
        rank = 2.0 * (below + 0.5) / (len(self.ordered) + 1) - 1.0
        if z > self.far:
            rank = _FAR_RANK
        typical = expected * math.exp(middle)
        return Judged(rank, sample.seconds - typical * self.means[stratum], math.exp(rest))

    @classmethod
    def fit(cls, phase: str, rows: Array) -> Usual:
        """Fit it to a phase's rows, in time order."""
        load, by = fit_load(phase, rows), 1 if phase == "ttft" else 2
        rest = np.log(rows[:, 0] / (load.start + rows[:, 1:] @ np.array(load[1:])))
        count = max(1, min(_STRATA, len(rows) // _FEWEST))
        edges = np.unique(np.quantile(rows[:, by], np.arange(1, count) / count))
        strata = np.searchsorted(edges, rows[:, by], side="right")
        parts = [rest[strata == s] for s in range(len(edges) + 1)]
        parts = [part if len(part) else rest for part in parts]
        middles = np.array([np.median(part) for part in parts])
        scales = np.array([_scale(part) for part in parts])
        means = [np.mean(np.exp(part - m)) for part, m in zip(parts, middles, strict=True)]
        z = (rest - middles[strata]) / scales[strata]
        discount = _discount(z)
        return cls(
            load=load,
            by=by,
            edges=tuple(edges.tolist()),
            middles=tuple(middles.tolist()),
            scales=tuple(scales.tolist()),
            ordered=tuple(np.sort(z).tolist()),
            means=tuple(float(m) for m in means),
            longest=(_BEYOND * float(rows[:, 1].max()), _BEYOND * float(rows[:, 2].max())),
            far=_far(z),
            margin=_ERRORS * _DEVIATION / math.sqrt(len(z) * discount),
            discount=discount,
        )


@dataclass(frozen=True, slots=True, eq=False)
class UsualTimes:
    """What the phases take by model and route; nothing of traffic the baseline does not know."""

    by_key: dict[Key, dict[str, Usual]]
    models: frozenset[str]

    def of(self, model: str, route: str) -> dict[str, Usual]:
        """Find the phases; a model that the baseline has not is held to the same route's times."""
        return self.by_key.get((model if model in self.models else "*", route), {})

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
            places["*", key[1]].append(i)
        table = columns(baseline)
        found = {key: _phases(table, rows) for key, rows in places.items()}
        return cls(
            {key: phases for key, phases in found.items() if phases}, frozenset(baseline.models)
        )


@lru_cache(maxsize=8)
def usual_times(baseline: Baseline) -> UsualTimes:
    """Fit a baseline once for all rules that have it."""
    return UsualTimes.fit(baseline)


def _phases(table: dict[str, Array], places: list[int]) -> dict[str, Usual]:
    found = {}
    for phase, rows in table.items():
        timed = rows[places]
        timed = timed[~np.isnan(timed).any(axis=1) & (timed[:, 0] > 0)]
        if len(timed) >= _FEWEST:
            found[phase] = Usual.fit(phase, timed)
    return found


def _scale(rest: Array) -> float:
    low, high = np.quantile(rest, [0.25, 0.75])
    return max(float(high - low) / _SPREAD, 1e-3)


def _far(z: Array) -> float:
    tail = np.sort(z)[-max(10, round(_TAIL * len(z))) :]
    excess = float(np.mean(tail - tail[0])) * (1.0 + _ERRORS / math.sqrt(len(tail)))
    return float(tail[0]) + excess * math.log(len(tail) / len(z) / _FAR_SHARE)


def _discount(z: Array) -> float:
    """Share of independent ones that a series of neighbouring times is worth, by their ranks.

    It is how much less the means of batches scatter where each time is by itself. A scatter that
    chance explains is taken for that; any other one standard error larger than it is.
    """
    size = round(math.sqrt(len(z)))
    batches = len(z) // size
    ranks = np.argsort(np.argsort(z)).astype(np.float64)[: size * batches]
    alone = float(ranks.var()) / size
    together = float(ranks.reshape(batches, size).mean(axis=1).var(ddof=1))
    error = math.sqrt(2.0 / batches)
    if together <= alone * (1.0 + _ERRORS * error):
        return 1.0
    return max(alone / (together * (1.0 + error)), _LEAST_DISCOUNT)
