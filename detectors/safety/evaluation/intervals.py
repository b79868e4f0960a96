"""How far a figure from so many texts can be trusted: intervals that hold the truth in 95 of 100 sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from detectors.safety.evaluation.ranking import Array, Curve, Ranking

DRAWS = 200
FEWEST = 10
_SEED = 20261121
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, at 95%."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, with what it is a share of; `share` and `interval` are None of nothing."""

    count: int
    of: int
    share: float | None = None
    interval: Interval | None = None

    @classmethod
    def measured(cls, count: int, of: int) -> Rate:
        """A share with its interval after Wilson (1927), which also holds for few texts and none found."""
        if of == 0:
            return cls(count, of)
        share = count / of
        shrink = 1 + _Z**2 / of
        centre = (share + _Z**2 / (2 * of)) / shrink
        reach = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / shrink
        return cls(count, of, share, Interval(max(0.0, centre - reach), min(1.0, centre + reach)))


def bootstrap(
    ranking: Ranking, *figures: Callable[[Curve], float], draws: int = DRAWS
) -> list[Interval | None]:
    """The middle 95% of each figure over sets drawn again from this one, always with the same seed.

    Positives and negatives are drawn apart (Efron 1979, stratified): the share of positives, which
    whoever made the set has chosen, stays. None with fewer than ten of either: drawing again from a
    handful finds the same handful, and would claim to be sure.
    """
    strata = [np.flatnonzero(ranking.positive == value) for value in (0.0, 1.0)]
    if min(len(own) for own in strata) < FEWEST:
        return [None] * len(figures)
    rng = np.random.default_rng(_SEED)
    curves = (ranking.curve(_drawn(rng, strata)) for _ in range(draws))
    found = [[figure(curve) for figure in figures] for curve in curves]
    lows, highs = np.quantile(found, [0.025, 0.975], axis=0)
    return [Interval(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]


def _drawn(
    rng: np.random.Generator, strata: list[np.ndarray[tuple[int], np.dtype[np.intp]]]
) -> Array:
    """How often each text is in one draw."""
    weights = np.zeros(sum(len(own) for own in strata))
    for own in strata:
        weights += np.bincount(rng.choice(own, len(own)), minlength=len(weights))
    return weights
