"""Whether a probability means what it says: reliability by bins, expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose score is in one tenth of the scale."""

    texts: int
    score: float
    """Their mean score."""
    positive: float
    """The share of them that is positive."""


def reliability(positive: npt.ArrayLike, scores: npt.ArrayLike) -> list[Bin]:
    """Bins of equal width from low to high, without those that hold no text."""
    truth, values = np.asarray(positive, dtype=float), np.asarray(scores, dtype=float)
    place = np.minimum((values * BINS).astype(int), BINS - 1)
    inside = (place == number for number in range(BINS))
    return [
        Bin(int(own.sum()), float(values[own].mean()), float(truth[own].mean()))
        for own in inside
        if own.any()
    ]


def expected_error(bins: Sequence[Bin]) -> float:
    """The mean distance between score and truth over all texts, bin by bin."""
    texts = sum(own.texts for own in bins)
    return sum(own.texts * abs(own.score - own.positive) for own in bins) / texts
