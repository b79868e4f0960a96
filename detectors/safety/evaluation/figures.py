"""All figures of one category over labelled and scored texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.safety.evaluation.calibration import Bin, expected_error, reliability
from detectors.safety.evaluation.intervals import Interval, Rate, bootstrap
from detectors.safety.evaluation.ranking import Array, Curve, Ranking, auprc, auroc, recall_at

FALSE_POSITIVE_RATES = (0.001, 0.01, 0.05)
POINTS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """One place of a precision-recall curve."""

    recall: float
    precision: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """What can only be said with positives and negatives at hand."""

    auprc: float
    auprc_interval: Interval | None
    auroc: float
    auroc_interval: Interval | None
    recall_at: dict[str, float | None]
    """By false-positive rate; None where there are too few negatives to show that rate."""
    precision_recall: list[Point]


@dataclass(frozen=True, slots=True)
class Figures:
    """One category: how it ranks, how it is calibrated, what the policy's threshold does.

    `positives` and `negatives` are the scored texts. `unscored` are those that have a label and no
    score: in no other figure, and never taken for clean.
    """

    positives: int
    negatives: int
    unscored: int
    unscored_positives: int
    ranked: Ranked | None
    ece: float | None
    reliability: list[Bin]
    threshold: float | None
    hits: Rate | None
    false_alarms: Rate | None


def figures(labels: Array, scores: Array, threshold: float | None) -> Figures:
    """Judge scores by labels: 1, 0, or NaN where nobody judged; scores are NaN where none was given.

    Without a threshold nothing is ever flagged, and `hits` and `false_alarms` are None.
    """
    judged, scored = np.isfinite(labels), np.isfinite(scores)
    own = judged & scored
    positive, values = labels[own] == 1, scores[own]
    lost = judged & ~scored
    bins = reliability(positive, values)
    return Figures(
        positives=int(positive.sum()),
        negatives=int((~positive).sum()),
        unscored=int(lost.sum()),
        unscored_positives=int((labels[lost] == 1).sum()),
        ranked=_ranked(positive, values),
        ece=expected_error(bins) if bins else None,
        reliability=bins,
        threshold=threshold,
        hits=_over(values[positive], threshold),
        false_alarms=_over(values[~positive], threshold),
    )


def _ranked(positive: npt.NDArray[np.bool_], scores: Array) -> Ranked | None:
    if not 0 < positive.sum() < len(positive):
        return None
    ranking = Ranking.of(positive, scores)
    curve = ranking.curve()
    areas = bootstrap(ranking, auprc, auroc)
    return Ranked(
        auprc=auprc(curve),
        auprc_interval=areas[0],
        auroc=auroc(curve),
        auroc_interval=areas[1],
        recall_at={str(rate): recall_at(curve, rate) for rate in FALSE_POSITIVE_RATES},
        precision_recall=_points(curve),
    )


def _points(curve: Curve) -> list[Point]:
    """As many places of the curve as a picture shows, evenly by recall."""
    wanted = np.linspace(curve.hits[0], curve.hits[-1], POINTS)
    places = np.unique(np.searchsorted(curve.hits, wanted))
    recall = curve.hits[places] / curve.hits[-1]
    precision = curve.hits[places] / (curve.hits[places] + curve.false_alarms[places])
    return [Point(float(r), float(p)) for r, p in zip(recall, precision, strict=True)]


def _over(scores: Array, threshold: float | None) -> Rate | None:
    if threshold is None:
        return None
    return Rate.measured(int((scores >= threshold).sum()), len(scores))
