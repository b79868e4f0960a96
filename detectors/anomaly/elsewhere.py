"""Whether a text looks like one that other system prompts get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.anomaly.fitted import Matrix

_LEAST = 60
_MOST_OTHERS = 1_500
_NOISE = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """Linear discriminant (Fisher, 1936) between a group's embeddings and those of other groups.

    Tells requests that reached the wrong application, which are not novel at all to the model as a
    whole. Knows only the applications in the baseline.
    """

    direction: Matrix
    middle: float

    @classmethod
    def fit(cls, own: Matrix, others: Matrix) -> Elsewhere | None:
        """Fit to the rows that have a text; None with fewer than 60 of either."""
        own, others = (rows[np.any(rows, axis=1)] for rows in (own, others))
        if min(len(own), len(others)) < _LEAST:
            return None
        others = others[:: max(1, len(others) // _MOST_OTHERS)]
        means = own.mean(axis=0), others.mean(axis=0)
        spread = np.cov((own - means[0]).T) + np.cov((others - means[1]).T)
        noise = 2.0 * _NOISE * np.eye(own.shape[1])
        direction = np.linalg.solve(spread + noise, means[1] - means[0]).astype(np.float32)
        return cls(direction, float(direction @ (means[0] + means[1])) / 2.0)

    def score(self, embedding: Matrix) -> float:
        """Log of how much likelier a text is elsewhere, if all groups had the same spread."""
        return float(self.direction @ embedding) - self.middle
