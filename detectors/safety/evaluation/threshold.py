"""From which score a category should be a finding, for a false-positive rate that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.safety.evaluation.doubt import Curve, Labels, fit, fit_all
from detectors.safety.evaluation.intervals import DRAWS, Interval, Rate
from detectors.safety.evaluation.ranking import Array

_SEED = 20261121
_STEPS = 10_000
"""Thresholds are written with four digits."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Scores of one category over traffic, and what is known of each text.

    `benign` is 1 or 0 where a person judged the text, and NaN where nobody did. Of those, what is
    below `limit`, the threshold in force, is taken for benign; what is not is benign as often as
    findings of its score are by the `labels`, or always where there are none.
    """

    scores: Array
    benign: Array
    limit: float
    labels: Labels

    def chances(self, curve: Curve | None) -> Array:
        """How likely each text is benign, by what the labels say of a score."""
        found: Array = np.where(np.isnan(self.benign), 1.0, self.benign)
        if curve is not None:
            doubtful = np.isnan(self.benign) & (self.scores >= self.limit)
            found[doubtful] = curve.at(self.scores[doubtful])
        return found

    def curves(self, rng: np.random.Generator) -> list[Curve | None]:
        """The labels' curve as it might have come out with others (Bayesian bootstrap)."""
        return fit_all(self.labels, rng.exponential(size=(DRAWS, len(self.labels.scores))))


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold with the interval that it would come out in for 95 of 100 such samples."""

    value: float
    interval: Interval


def threshold_for(traffic: Traffic, target: float) -> Threshold | None:
    """The lowest threshold that flags no more than `target` of the benign texts.

    None where no threshold up to 1 does, or nothing is benign. The interval is from drawing texts and
    labels again, always with the same seed.
    """
    order = np.argsort(-traffic.scores, kind="stable")
    ranked = traffic.scores[order]
    value = _lowest(ranked, traffic.chances(fit(traffic.labels))[order], target)
    if value is None:
        return None
    rng = np.random.default_rng(_SEED)
    drawn = []
    for curve in traffic.curves(rng):
        chances = traffic.chances(curve)[order] * rng.poisson(1.0, len(order))
        drawn.append(_lowest(ranked, chances, target) or 1.0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Threshold(value, Interval(min(float(low), value), max(float(high), value)))


def false_positives(traffic: Traffic, limit: float) -> Rate:
    """The share of benign texts that `limit` flags; its interval holds the labels' doubt too."""
    over = traffic.scores >= limit
    centre = _rate(traffic.chances(fit(traffic.labels)), over)
    if centre.interval is None:
        return centre
    drawn = [
        chances[over].sum() / max(chances.sum(), 1.0)
        for curve in traffic.curves(np.random.default_rng(_SEED))
        for chances in [traffic.chances(curve)]
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    whole = Interval(
        min(float(low), centre.interval.low),
        max(float(high), centre.interval.high),
    )
    return Rate(centre.count, centre.of, centre.share, whole)


def _rate(chances: Array, over: npt.NDArray[np.bool_]) -> Rate:
    return Rate.measured(round(float(chances[over].sum())), round(float(chances.sum())))


def _lowest(ranked: Array, chances: Array, target: float) -> float | None:
    """Just above the highest score that would flag too many, with four digits."""
    flagged = np.cumsum(chances)
    if not len(flagged) or flagged[-1] == 0.0:
        return None
    too_many = int(np.searchsorted(flagged, target * flagged[-1], side="right"))
    if too_many == len(flagged):
        return 1 / _STEPS
    step = math.floor(float(ranked[too_many]) * _STEPS + 1e-6) + 1
    return step / _STEPS if step <= _STEPS else None
