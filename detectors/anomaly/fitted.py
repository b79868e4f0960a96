"""Features that compare an exchange with the baseline: novelty, fit, residuals, rare categories.

Every feature of a baseline row is taken against the rows of the other folds, so that ordinary
rows look as new to the fit as live traffic does.
"""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
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
_LEAST_SEEN = 30
_UNKNOWN = frozenset({"", "und", "none"})
_CATEGORIES = ("response_language", "prompt_language", "response_format", "response_first")
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
        if len(self.references) < _NEAREST:
            return math.nan
        cosines = self.references @ embedding
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
        along = self.directions @ away
        square = float(away @ away) / _NOISE + float((along * along) @ self.gains)
        return math.sqrt(max(square, 0.0))


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
        against = self.others @ predicted
        own = response - self.mean_response
        length = math.sqrt(float(own @ own)) or 1.0
        mean = float(against.sum()) / len(against)
        spread = math.sqrt(max(float(against @ against) / len(against) - mean * mean, 1e-12))
        return (float(self.from_response @ own @ predicted) / length - mean) / spread


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A linear relation of one column to others, least squares with a little ridge."""

    weights: Array

    @classmethod
    def fit(cls, inputs: Array, target: Array) -> Line | None:
        """Fit on complete rows, twice: again without those far off. None with fewer than 30."""
        whole = ~np.isnan(inputs).any(axis=1) & ~np.isnan(target)
        if np.count_nonzero(whole) < 30:
            return None
        x, y = _with_one(inputs[whole]), target[whole]
        rest = np.abs(y - x @ _ridge(x, y))
        close = rest <= 4.0 * max(float(np.median(rest)), 1e-6)
        return cls(_ridge(x[close], y[close]))

    def expected(self, inputs: list[float]) -> float:
        """What one row's inputs lead to expect."""
        start, *slopes = self.weights.tolist()
        return float(start + sum(map(operator.mul, slopes, inputs)))

    def residual(self, inputs: list[Array], target: Array) -> Array:
        """Seen minus expected; `inputs` is one array for each input."""
        rest: Array = target - self.weights[0]
        for weight, values in zip(self.weights[1:], inputs, strict=True):
            rest = rest - weight * values
        return rest


@dataclass(frozen=True, slots=True, eq=False)
class FirstToken:
    """Expected time to the first token, a + b * input tokens, by least squares of the ratio."""

    start: float
    slope: float
    longest: float

    @classmethod
    def fit(cls, log_tokens: Array, log_ttft: Array) -> FirstToken | None:
        """Fit on rows that have both; None with fewer than 30 of them."""
        both = ~np.isnan(log_tokens) & ~np.isnan(log_ttft)
        if np.count_nonzero(both) < 30:
            return None
        tokens, ttft = np.expm1(log_tokens[both]), np.exp(log_ttft[both])
        kept = ttft <= 4.0 * np.median(ttft)
        tokens, ttft = tokens[kept], ttft[kept]
        inputs = np.column_stack([1.0 / ttft, tokens / ttft])
        gram = inputs.T @ inputs + 1e-9 * np.eye(2)
        start, slope = np.linalg.solve(gram, inputs.sum(axis=0))
        if slope < 0.0 or start <= 0.0:
            start, slope = float(np.median(ttft)), 0.0
        return cls(float(start), float(slope), float(np.expm1(np.nanmax(log_tokens))))

    def residual(self, log_tokens: Array, log_ttft: Array) -> Array:
        """Log of seen over expected; NaN where the input is longer than what was fitted to."""
        tokens = np.expm1(log_tokens)
        rest: Array = log_ttft - np.log(self.start + self.slope * tokens)
        return np.where(tokens > 1.5 * self.longest, np.nan, rest)

    def residual_of_one(self, log_tokens: float, log_ttft: float) -> float:
        """Do as `residual` does, for one exchange."""
        tokens = math.expm1(log_tokens)
        if not tokens <= 1.5 * self.longest:
            return math.nan
        return log_ttft - math.log(self.start + self.slope * tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Rarity:
    """Surprise of a category, -log((count + 1/2) / (rows + 1)), given another one or alone."""

    surprises: dict[tuple[str, str], float]
    unseen: dict[str, float]

    @classmethod
    def fit(cls, given: list[str], values: list[str]) -> Rarity:
        """Count the pairs of which both are known."""
        pairs = [
            (g, v) for g, v in zip(given, values, strict=True) if v not in _UNKNOWN and g != "und"
        ]
        totals = {g: n for g, n in Counter(g for g, _ in pairs).items() if n >= _LEAST_SEEN}
        surprises = {
            (g, v): -math.log((n + 0.5) / (totals[g] + 1.0))
            for (g, v), n in Counter(pairs).items()
            if g in totals
        }
        return cls(surprises, {g: -math.log(0.5 / (n + 1.0)) for g, n in totals.items()})

    def of(self, given: str, value: str) -> float:
        """NaN where the value is not known, or too little was seen beside `given`."""
        found = self.surprises.get((given, value))
        if found is not None:
            return found
        return math.nan if value in _UNKNOWN else self.unseen.get(given, math.nan)


def _ridge(x: Array, y: Array) -> Array:
    gram = x.T @ x + 1e-3 * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(gram, x.T @ y), dtype=np.float64)


def _with_one(inputs: Array) -> Array:
    return np.column_stack([np.ones(len(inputs)), inputs])
