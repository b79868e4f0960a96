"""When a change began, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    import numpy.typing as npt

    Doubles = npt.NDArray[np.float64]

_OUTSIDE = 0.05
_LEVELS = (0.3, 0.6, 0.8, 0.95, 0.99)
_PRIOR = 2.0
_LEAST_SPREAD = 5.0
_SPREAD_OF_AGE = 0.5
_FALL = 3.0
# What scores were fitted on is what they are counted in, so they say less than they seem to.
_TRUST = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """Places of exchanges: the first that is new, and what encloses it with a chance of 90%."""

    first: int
    earliest: int
    latest: int


def began(scores: Doubles, reference: Doubles, guess: int) -> Interval:
    """Estimate where scores, in the order of the stream, stop being those of the reference.

    Scores are counted by bins of the reference's quantiles. Until the change the bins have the
    reference's shares, from then on others; both are unknown, with Dirichlet priors, so that each
    place has a likelihood in closed form (a conjugate form of Chernoff and Zacks, "Estimating the
    current mean of a normal distribution which is subjected to changes in time", 1964). The prior of
    the place falls off with its distance from `guess`, by a heavy tail. The estimate is the median
    over all places, the interval holds 90%.
    """
    cuts = np.unique(np.quantile(reference, _LEVELS))
    then = np.full(len(cuts) + 1, 0.5)
    then += np.bincount(np.searchsorted(cuts, reference), minlength=len(then))
    counts = np.eye(len(then))[np.searchsorted(cuts, scores)]
    before = np.cumsum(counts, axis=0) - counts
    since = counts.sum(axis=0) - before
    likelihood = _evidence(since, _PRIOR * then / then.sum()) + _evidence(before, then)
    places = np.arange(len(scores))
    spread = _LEAST_SPREAD + _SPREAD_OF_AGE * (len(scores) - guess)
    return _interval(_TRUST * likelihood - _FALL * np.log1p(np.abs(places - guess) / spread))


def _evidence(counts: Doubles, prior: Doubles) -> Doubles:
    """Log likelihood of counts, shape (places, bins), under shares with a Dirichlet prior."""
    of_bins = (gammaln(counts + prior) - gammaln(prior)).sum(axis=1)
    found: Doubles = of_bins - gammaln(counts.sum(axis=1) + prior.sum()) + gammaln(prior.sum())
    return found


def _interval(likelihood: Doubles) -> Interval:
    weight = np.exp(likelihood - likelihood.max())
    upto = np.cumsum(weight) / weight.sum()
    earliest, first, latest = np.searchsorted(upto, [_OUTSIDE, 0.5, 1 - _OUTSIDE])
    last = len(likelihood) - 1
    return Interval(*(min(last, int(place)) for place in (first, earliest, latest)))
