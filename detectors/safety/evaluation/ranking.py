"""How well scores put positives above negatives: AUPRC, AUROC, recall at a false-positive rate.

Equal scores are one threshold, so no order among ties flatters or harms. Each figure takes weights,
with which the bootstrap draws again without sorting again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Curve:
    """Counts from the highest threshold to the lowest: what each threshold catches."""

    hits: Array
    """Positives at or above each distinct score."""
    false_alarms: Array
    """Negatives at or above it."""
    thresholds: Array


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of labelled texts, sorted once. Both classes must be there."""

    positive: Array
    """1 and 0, by falling score."""
    ends: npt.NDArray[np.intp]
    """The last place of each distinct score."""
    thresholds: Array

    @classmethod
    def of(cls, positive: npt.ArrayLike, scores: npt.ArrayLike) -> Ranking:
        """Sort texts by score.

        Raises
        ------
        ValueError
            A score is not a number, or there are no positives or no negatives.
        """
        truth, values = np.asarray(positive, dtype=float), np.asarray(scores, dtype=float)
        if not np.isfinite(values).all():
            raise ValueError("a score is not a number")
        if not 0 < truth.sum() < len(truth):
            raise ValueError(
                "a ranking is judged by positives and negatives; one of them is missing"
            )
        order = np.argsort(-values, kind="stable")
        ranked = values[order]
        ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        return cls(truth[order], ends, ranked[ends])

    def curve(self, weights: Array | None = None) -> Curve:
        """What each threshold catches; a text counts as often as its weight says."""
        counted = np.ones_like(self.positive) if weights is None else weights
        hits = np.cumsum(counted * self.positive)[self.ends]
        alarms = np.cumsum(counted * (1 - self.positive))[self.ends]
        return Curve(hits, alarms, self.thresholds)


def auprc(curve: Curve) -> float:
    """Average precision: the mean of the precision over the positives, not interpolated."""
    gained = np.diff(curve.hits, prepend=0.0)
    caught = curve.hits + curve.false_alarms
    precision = curve.hits / np.where(caught > 0, caught, 1.0)
    return float(gained @ precision / curve.hits[-1])


def auroc(curve: Curve) -> float:
    """The chance that a positive scores above a negative; a tie is half."""
    hits = np.append(0.0, curve.hits) / curve.hits[-1]
    alarms = np.append(0.0, curve.false_alarms) / curve.false_alarms[-1]
    return float(np.trapezoid(hits, alarms))


def recall_at(curve: Curve, rate: float) -> float | None:
    """The largest recall at which at most this share of the negatives is caught.

    None where there are fewer than one over `rate` negatives: they cannot show so small a rate.
    """
    negatives = curve.false_alarms[-1]
    if negatives * rate < 1:
        return None
    within = curve.false_alarms <= rate * negatives + _ROUNDING
    return float(np.append(0.0, curve.hits[within])[-1] / curve.hits[-1])
