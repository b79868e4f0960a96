"""The time to first token, less what the length of the input explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.line import line_through_medians

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.baseline import Baseline

_TTFT = "log_ttft"
_TOKENS = "log_input_tokens"
_FEWEST = 40
_BEYOND = 1.5


@dataclass(frozen=True, slots=True)
class TtftLoad:
    """Replaces log TTFT by log(TTFT / (a + b input tokens)).

    Void (NaN) beyond 1.5 times the longest input of the baseline, where nothing is known: longer
    prompts must never read as a slow server. Without enough timed exchanges the channel stays void
    altogether.
    """

    ttft: int | None
    tokens: int | None
    a: float = 1.0
    b: float = 0.0
    longest: float = 0.0

    @classmethod
    def fit(cls, baseline: Baseline, rows: npt.NDArray[np.bool_]) -> TtftLoad:
        """Fit a and b through the medians of ten bins of input length."""
        names = baseline.channel_names
        ttft = names.index(_TTFT) if _TTFT in names else None
        if ttft is None or _TOKENS not in names:
            return cls(ttft, None)
        tokens = names.index(_TOKENS)
        both = np.asarray(baseline.values[rows][:, [tokens, ttft]], dtype=np.float64)
        both = both[~np.isnan(both).any(axis=1)]
        if len(both) < _FEWEST:
            return cls(ttft, None)
        counts, times = np.expm1(both[:, 0]), np.exp(both[:, 1])
        a, b = line_through_medians(counts, times)
        return cls(ttft, tokens, a, b, float(counts.max()) * _BEYOND)

    def residual(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the baseline's columns with the TTFT column replaced; the input is not changed."""
        if self.ttft is None:
            return values
        values = values.copy()
        if self.tokens is None:
            values[:, self.ttft] = np.nan
            return values
        counts = np.expm1(values[:, self.tokens])
        residual = values[:, self.ttft] - np.log(self.a + self.b * counts)
        values[:, self.ttft] = np.where(counts <= self.longest, residual, np.nan)
        return values
