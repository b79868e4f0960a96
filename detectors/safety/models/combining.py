"""One probability of a category from those of several models."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from detectors.safety.models.kinds import ANY
from detectors.safety.models.policy import OFFSET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from detectors.safety.models.policy import ModelsPolicy

_EPSILON = 1e-6
_FARTHEST = 30.0


def combination(policy: ModelsPolicy) -> Callable[[str, Mapping[str, float]], float | None]:
    """Give the function that combines a category's probabilities, by model, as the policy says.

    It gives None where none of those models has a weight for the category.
    """
    if policy.combine == "maximum":
        return lambda _category, scores: max(scores.values())
    if policy.combine == "mean":
        return lambda _category, scores: math.fsum(scores.values()) / len(scores)
    return Weighted(policy.weights)


class Weighted:
    """The logistic function of a weighted sum of the models' log-odds, plus an offset.

    Stacking as Wolpert (1992) has it; the weights are for the user to fit, on texts that none of
    the models was trained on. The weight of a model that did not judge is shared among those that
    did, in proportion, so that a failure does not read as a lower score. A category without
    weights of its own takes those of `*`; where there are none either, the maximum counts.
    """

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        self._weights = weights

    def __call__(self, category: str, scores: Mapping[str, float]) -> float | None:
        """Combine the probabilities by model of one category."""
        weights = self._weights.get(category, self._weights.get(ANY))
        if weights is None:
            return max(scores.values())
        own = {name: weight for name, weight in weights.items() if name != OFFSET}
        present = math.fsum(own.get(name, 0.0) for name in scores)
        if not present > 0.0:
            return None
        share = math.fsum(own.values()) / present
        odds = math.fsum(share * own.get(name, 0.0) * _log_odds(p) for name, p in scores.items())
        return _probability(odds + weights.get(OFFSET, 0.0))


def _probability(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-_FARTHEST, min(odds, _FARTHEST))))


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))
