"""What the rest of an exchange leads to expect: its length, its tokens, its time to first token."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


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


def _ridge(x: Array, y: Array) -> Array:
    gram = x.T @ x + 1e-3 * np.eye(x.shape[1])
    return np.asarray(np.linalg.solve(gram, x.T @ y), dtype=np.float64)


def _with_one(inputs: Array) -> Array:
    return np.column_stack([np.ones(len(inputs)), inputs])
