"""Features that compare an exchange with the baseline: novelty, fit, residuals, rare categories.

Every feature of a baseline row is taken against the rows of the other folds, so that ordinary
rows look as new to the fit as live traffic does.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.anomaly.factors import FITTED

Array = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]

COLUMNS = tuple(dict.fromkeys(factor.channel for factor in FITTED))
FOLDS = 5

_REFERENCES = 256
_OTHERS = 200
_NEAREST = 8
_RIDGE = 10.0
_COMPONENTS = 64
_NOISE = 3e-3
_TRANSLATION = re.compile(
    r"translat|traduc|traduz|übersetz|\b(?:in|into|to|auf|en|in's) "
    r"(?:english|german|french|spanish|italian|portuguese|dutch|polish|turkish|russian|chinese|"
    r"japanese|korean|arabic|hindi|vietnamese|greek|latin|swedish|deutsch|englisch|español|"
    r"inglés|français|anglais)\b|翻译|翻訳|перевед|ترجم|अनुवाद",
    re.IGNORECASE,
)


def folds(count: int) -> npt.NDArray[np.intp]:
    """Fold of each row: alternating blocks of up to 50, so that neighbours stay together."""
    block = max(1, min(50, count // (2 * FOLDS)))
    return (np.arange(count) // block) % FOLDS


def asks_for_another_language(prompt: str) -> bool:
    """Whether a prompt has a translation or a named language in it."""
    return _TRANSLATION.search(prompt) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Novelty: 1 minus the mean of the eight largest cosines to ordinary texts."""

    references: Matrix
    fold: npt.NDArray[np.intp]

    @classmethod
    def fit(cls, embeddings: Matrix, fold: npt.NDArray[np.intp]) -> Neighbours:
        """Keep up to 256 of the rows, evenly spread."""
        there = np.flatnonzero(np.any(embeddings, axis=1))
        step = max(1, math.ceil(len(there) / _REFERENCES))
        kept = there[::step]
        return cls(np.ascontiguousarray(embeddings[kept], dtype=np.float32), fold[kept])

    def novelty(self, embedding: Matrix) -> float:
        """Novelty of one unit vector; NaN with fewer than eight references."""
        return self.novelty_of(self.references @ embedding)

    def novelty_of(self, cosines: Matrix) -> float:
        """Do as `novelty` does, by the cosines to the references, whose order is lost."""
        if len(cosines) < _NEAREST:
            return math.nan
        cosines.partition(len(cosines) - _NEAREST)
        nearest: list[float] = cosines[-_NEAREST:].tolist()
        return 1.0 - sum(nearest) / _NEAREST

    def of_rows(self, embeddings: Matrix, fold: npt.NDArray[np.intp]) -> Array:
        """Novelty of baseline rows against the references of other folds."""
        if len(self.references) < 2 * _NEAREST:
            return np.full(len(embeddings), np.nan)
        cosines = embeddings @ self.references.T
        cosines[fold[:, None] == self.fold[None, :]] = -1.0
        nearest = np.partition(cosines, -_NEAREST, axis=1)[:, -_NEAREST:]
        novelty: Array = 1.0 - nearest.mean(axis=1, dtype=np.float64)
        novelty[~np.any(embeddings, axis=1)] = np.nan
        return novelty


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Mahalanobis distance under the covariance of ordinary embeddings plus a little noise.

    The noise, 0.003 in every direction, is about the spread of the directions that matter least.
    """

    mean: Matrix
    directions: Matrix
    gains: Matrix

    @classmethod
    def fit(cls, embeddings: Matrix) -> Spread | None:
        """Fit to the rows that have a text; None with fewer than 60 of them."""
        rows = embeddings[np.any(embeddings, axis=1)]
        if len(rows) < 60:
            return None
        mean = rows.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((rows - mean).T))
        values, vectors = values[-_COMPONENTS:], vectors[:, -_COMPONENTS:]
        gains = (1.0 / (np.maximum(values, 0.0) + _NOISE) - 1.0 / _NOISE).astype(np.float32)
        return cls(mean, np.ascontiguousarray(vectors.T, dtype=np.float32), gains)

    def distance(self, embedding: Matrix) -> float:
        """Distance of one embedding."""
        away = embedding - self.mean
        return self.distance_of(float(away @ away), self.directions @ away)

    def distance_of(self, square: float, along: Matrix) -> float:
        """Do as `distance` does, by the squared distance from the mean, and that in each direction."""
        whole = square / _NOISE + float((along * along) @ self.gains)
        return math.sqrt(max(whole, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Ridge map from prompt to answer embedding, in the 64 directions in which it predicts most.

    An answer is scored by its cosine to the predicted one, in standard deviations from those of
    200 other answers: how much better it suits this prompt than they do.
    """

    mean_prompt: Matrix
    mean_response: Matrix
    from_prompt: Matrix
    from_response: Matrix
    others: Matrix

    @classmethod
    def fit(cls, prompts: Matrix, responses: Matrix) -> Fit | None:
        """Fit on rows that have both sides; None with fewer than 60 of them."""
        both = np.any(prompts, axis=1) & np.any(responses, axis=1)
        if np.count_nonzero(both) < 60:
            return None
        prompts, responses = prompts[both], responses[both]
        mean_prompt, mean_response = prompts.mean(axis=0), responses.mean(axis=0)
        left, right = prompts - mean_prompt, responses - mean_response
        gram = left.T @ left + np.float32(_RIDGE) * np.eye(left.shape[1], dtype=np.float32)
        weights = np.linalg.solve(gram, left.T @ right).astype(np.float32)
        predicted = left @ weights
        axes = np.linalg.eigh(predicted.T @ predicted)[1][:, -_COMPONENTS:].astype(np.float32)
        step = max(1, len(responses) // _OTHERS)
        others = right[::step][:_OTHERS]
        lengths = np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-6)
        return cls(
            mean_prompt,
            mean_response,
            np.ascontiguousarray((weights @ axes).T),
            np.ascontiguousarray(axes.T),
            others / lengths @ axes,
        )

    def score(self, prompt: Matrix, response: Matrix) -> float:
        """Standard deviations by which the answer fits better than others do."""
        predicted = self.from_prompt @ (prompt - self.mean_prompt)
        own = response - self.mean_response
        return self.score_of(predicted, self.from_response @ own, math.sqrt(float(own @ own)))

    def score_of(self, predicted: Matrix, answered: Matrix, length: float) -> float:
        """Do as `score` does, by both sides as mapped, and the answer's distance from the mean."""
        against = self.others @ predicted
        mean = float(against.sum()) / len(against)
        spread = math.sqrt(max(float(against @ against) / len(against) - mean * mean, 1e-12))
        return (float(answered @ predicted) / (length or 1.0) - mean) / spread
