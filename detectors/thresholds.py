"""Where to draw the line: exact binomial tails and thresholds with a stated false-positive rate."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.errors import DetectorError

Array = npt.NDArray[np.float64]

_TAIL_SHARE = 0.05
_LEAST_IN_TAIL = 10
_NEGLIGIBLE = 1e-4


def binomial_tail(successes: int, trials: int, rate: float) -> float:
    """Give P(X >= successes) for X binomial with `trials` and success probability `rate`, exactly.

    The sum starts at its first term and goes on by ratios of neighbours until what is left no
    longer matters, so above the mean it takes a handful of multiplications.
    """
    if successes <= 0:
        return 1.0
    if successes > trials or rate <= 0.0:
        return 0.0
    if rate >= 1.0:
        return 1.0
    log_term = (
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        + successes * math.log(rate)
        + (trials - successes) * math.log1p(-rate)
    )
    odds = rate / (1.0 - rate)
    total, ratio = 1.0, 1.0
    for k in range(successes, trials):
        ratio *= (trials - k) / (k + 1) * odds
        total += ratio
        if ratio < _NEGLIGIBLE * total and k > trials * rate:
            break
    return min(1.0, math.exp(log_term) * total)


def conformal_threshold(scores: Array, rate: float) -> float:
    """Score that a new, ordinary point exceeds with probability at most `rate`.

    `scores` are of n ordinary points used for nothing else. With n + 1 >= 1 / rate it is the
    split-conformal order statistic (Vovk, Gammerman and Shafer, 2005), whose guarantee needs only
    exchangeability. Fewer points cannot promise that; then an exponential tail is laid beyond the
    largest score with its mean excess taken two standard errors too large, which errs towards
    silence.

    Raises
    ------
    DetectorError
        There is no score, or `rate` is not between 0 and 1.
    """
    if not 0.0 < rate < 1.0:
        raise DetectorError(f"a false-positive rate lies between 0 and 1, not at {rate}")
    n = len(scores)
    if n == 0:
        raise DetectorError("a threshold needs at least one score to be set on")
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    rank = math.ceil((n + 1) * (1.0 - rate))
    if rank <= n:
        return float(ordered[rank - 1])
    beyond = math.log(1.0 / (rate * (n + 1)))
    return float(ordered[-1]) + _cautious_mean_excess(ordered) * beyond


def _cautious_mean_excess(ordered: Array) -> float:
    """Mean excess over the upper 5% (at least 10 points), plus two standard errors."""
    count = min(len(ordered), max(_LEAST_IN_TAIL, round(_TAIL_SHARE * len(ordered))))
    tail = ordered[-count:]
    mean = float(np.mean(tail - tail[0]))
    return mean * (1.0 + 2.0 / math.sqrt(count))
