"""How the two stages are judged: figures of a ranking, halves of benign texts, what is flagged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from evaluate import BENIGN
from sklearn.metrics import average_precision_score, roc_auc_score
from stacking import Scored
from texts import OWN

from detectors.safety.categories import CATEGORIES
from detectors.safety.policy import SafetyPolicy

Array = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

FEWEST = 20
FALSE_POSITIVES_PER_CATEGORY, FALSE_POSITIVES = 0.002, 0.008


def figures(
    labels: Array, stages: Mapping[str, Array], name: str, chosen: Chosen
) -> dict[str, Any] | None:
    """How well each stage's log-odds of a category rank the chosen rows; None for too few."""
    y = labels[chosen & np.isfinite(labels)]
    if min((y == 1).sum(), (y == 0).sum()) < FEWEST:
        return None
    found: dict[str, Any] = {"positives": int((y == 1).sum()), "negatives": int((y == 0).sum())}
    for stage, logits in stages.items():
        scores = logits[chosen & np.isfinite(labels), CATEGORIES.index(name)]
        positive, negative = scores[y == 1], scores[y == 0]
        found[stage] = {
            "auprc": round(float(average_precision_score(y, scores)), 3),
            "auroc": round(float(roc_auc_score(y, scores)), 3),
            "recall_at_1pct_fp": round(float((positive > np.quantile(negative, 0.99)).mean()), 3),
            "recall_at_5pct_fp": round(float((positive > np.quantile(negative, 0.95)).mean()), 3),
        }
    return found


def over(logits: Array, limits: Mapping[str, float]) -> Chosen:
    """Which texts reach a threshold."""
    columns = [CATEGORIES.index(name) for name in limits]
    found: Chosen = np.any(logistic(logits[:, columns]) >= list(limits.values()), axis=1)
    return found


def suggested(x: Scored, logits: Array) -> dict[str, float]:
    """Thresholds by category, as probabilities."""
    return {
        name: round(float(logistic(limit)), 3)
        for name, limit in zip(CATEGORIES, limits(x, logits), strict=True)
    }


def limits(x: Scored, logits: Array) -> Array:
    """Thresholds in log-odds, by category, that few benign texts exceed.

    In the mean of unseen benign sources at most one text in five hundred in a category, and eight in
    a thousand in any that the policy flags: the same share of each. Set on that half of each source
    by which nothing is reported. WildChat is left out: what it calls benign is not, now and then.
    """
    benign = (
        x.unseen & np.isin(x.sources, BENIGN) & (x.sources != "wildchat_benign") & first_half(x)
    )
    weight = _equal(x.sources[benign])
    own = logits[benign]
    told = [CATEGORIES.index(name) for name in SafetyPolicy().thresholds(x.side)]
    for share in np.linspace(FALSE_POSITIVES_PER_CATEGORY, 0.0, 41):
        found = np.array([_exceeded_by(share, own[:, j], weight) for j in range(len(CATEGORIES))])
        if (weight * np.any(own[:, told] > found[told], axis=1)).sum() <= FALSE_POSITIVES:
            break
    return found


def _equal(sources: npt.NDArray[np.str_]) -> Array:
    """Weights of rows, every source the same."""
    names, place, counts = np.unique(sources, return_inverse=True, return_counts=True)
    found: Array = 1 / counts[place] / len(names)
    return found


def _exceeded_by(share: float, scores: Array, weight: Array) -> float:
    """The lowest score that no more than a share of the weight exceeds."""
    order = np.argsort(-scores)
    place = int(np.searchsorted(np.cumsum(weight[order]), share))
    return float(scores[order][place])


def flagged_of_benign(x: Scored, flagged: Chosen) -> dict[str, Any]:
    """Share of each benign source that is flagged, in the half that set no threshold."""
    judged = ~first_half(x)
    return {
        source: {"texts": int(own.sum()), "flagged": round(float(flagged[own].mean()), 4)}
        for source in BENIGN
        if (own := judged & (x.sources == source)).sum() >= FEWEST
    }


def first_half(x: Scored) -> Chosen:
    """Rows that thresholds may be set by; what they flag is reported of the others."""
    return np.array([hashlib.sha1(f"half{row.id}".encode(), usedforsecurity=False).digest()[0] % 2
                     for row in x.rows], dtype=bool)  # fmt: skip


def own_texts(x: Scored) -> Chosen:
    """Rows that were generated or written for this classifier."""
    return np.array([source.startswith(OWN) for source in x.sources], dtype=bool)


def logistic(logits: Array) -> Array:
    """Probabilities."""
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
