"""How usual a time is: its rank among the baseline's, once its tokens are explained away."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from detectors.latency.load import Load, Sample, fit_load
from detectors.latency.worth import discount, doubt

if TYPE_CHECKING:
    from detectors.line import Array

FEWEST = 60
"""Times that are enough to say what is usual."""

_STRATA = 4
_BEYOND = 1.5
_SPREAD = 1.349
# Ranks from -1 to 1 have this standard deviation; two errors of the baseline's mean are allowed for.
_DEVIATION = 0.577
_ERRORS, _SAFE_ERRORS = 2.0, 3.0
_OWN_LOSS = 0.058
_TOLERATED = 0.02
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
        count = max(1, min(_STRATA, len(rows) // FEWEST))
        edges = np.unique(np.quantile(rows[:, by], np.arange(1, count) / count))
        strata = np.searchsorted(edges, rows[:, by], side="right")
        parts = [rest[strata == s] for s in range(len(edges) + 1)]
        parts = [part if len(part) else rest for part in parts]
        middles = np.array([np.median(part) for part in parts])
        scales = np.array([_scale(part) for part in parts])
        means = [np.mean(np.exp(part - m)) for part, m in zip(parts, middles, strict=True)]
        z = (rest - middles[strata]) / scales[strata]
        share = discount(z)
        return cls(
            load=load,
            by=by,
            edges=tuple(edges.tolist()),
            middles=tuple(middles.tolist()),
            scales=tuple(scales.tolist()),
            ordered=tuple(np.sort(z).tolist()),
            means=tuple(float(m) for m in means),
            longest=(_BEYOND * float(rows[:, 1].max()), _BEYOND * float(rows[:, 2].max())),
            far=_far(np.sort(z), share),
            margin=_margin(len(z) * share, _ERRORS),
            discount=share,
        )

    def standings(self, rows: Array) -> Array:
        """How far from the middle each of a phase's rows is, in scales of its stratum."""
        rest = np.log(rows[:, 0] / (self.load.start + rows[:, 1:] @ np.array(self.load[1:])))
        strata = np.searchsorted(self.edges, rows[:, self.by], side="right")
        found: Array = (rest - np.array(self.middles)[strata]) / np.array(self.scales)[strata]
        return found

    def among(self, together: float, whole: int) -> Usual:
        """Allow for what the times of all traffic are worth, so many in number, with these in it.

        Bets are held on all traffic too. Of every so-many-th time neighbours have less in common.
        """
        part = min(1.0, len(self.ordered) / whole)
        thinned = 1.0 / (1.0 + (1.0 / together - 1.0) * part)
        own = min(self.discount, thinned)
        more = 0.0 if together == 1.0 else (doubt(whole) - 1.0) / 2.0
        return replace(
            self,
            discount=min(self.discount, together),
            margin=_margin(len(self.ordered) * own, _ERRORS + more),
            far=_far(np.array(self.ordered), own),
        )


def _scale(rest: Array) -> float:
    low, high = np.quantile(rest, [0.25, 0.75])
    return max(float(high - low) / _SPREAD, 1e-3)


def _margin(worth: float, errors: float) -> float:
    """How far the baseline's mean rank may be off, told by so many independent times.

    So many errors, or as many as are safe less what the smallest tilt loses by itself: traffic would
    be found slow for ever beside a baseline that is off by more.
    """
    error = _DEVIATION / math.sqrt(worth)
    return max(errors * error, _SAFE_ERRORS * error - _OWN_LOSS)


def _far(ordered: Array, share: float) -> float:
    tail = ordered[-max(10, round(_TAIL * len(ordered))) :]
    worth = max(1.0, len(tail) * share)
    excess = float(np.mean(tail - tail[0])) * (1.0 + _ERRORS / math.sqrt(worth))
    return float(tail[0]) + excess * math.log(len(tail) / len(ordered) / _FAR_SHARE)
