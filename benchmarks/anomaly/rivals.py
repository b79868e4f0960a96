"""What public implementations make of the same features: pyod's ECOD and IForest, river's trees.

ECOD and IForest (Li et al., 2022; Liu et al., 2008) are fitted to the baseline's rows; half-space
trees (Tan et al., 2011) learn them one after the other, and then each exchange after they scored it,
as they would on a live stream. Absent values are the baseline's medians.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline import Baseline
from detectors.observation import Observation

Array = npt.NDArray[np.float64]
Score = Callable[[Sequence[Observation]], Array]

_TREES = 25
_WINDOW = 250
_RANGE = (0.005, 0.995)


def rivals(baseline: Baseline, *, seed: int = 0) -> dict[str, Score]:
    """Scores by name; those whose package is not installed are left out."""
    rows = _Rows(baseline)
    found: dict[str, Score] = {"river HalfSpaceTrees": _half_space_trees(rows, seed)}
    try:
        from pyod.models.ecod import ECOD
        from pyod.models.iforest import IForest
    except ImportError:
        return found
    for name, model in (("pyod ECOD", ECOD()), ("pyod IForest", IForest(random_state=seed))):
        model.fit(rows.known)
        found[name] = lambda xs, model=model: np.asarray(model.decision_function(rows.of(xs)))
    return found


class _Rows:
    """Exchanges as complete rows of the baseline's channels."""

    def __init__(self, baseline: Baseline) -> None:
        values = baseline.values.astype(np.float64)
        known = ~np.isnan(values)
        low = np.where(known, values, np.inf).min(axis=0)
        high = np.where(known, values, -np.inf).max(axis=0)
        kept = np.flatnonzero(high - low > 1e-6)
        self._baseline, self._kept = baseline, kept
        self._medians = np.nanmedian(values[:, kept], axis=0)
        self.known = self._filled(values)

    def of(self, xs: Sequence[Observation]) -> Array:
        """Lay out exchanges."""
        return self._filled(np.stack([self._baseline.row(x) for x in xs]).astype(np.float64))

    def _filled(self, values: Array) -> Array:
        kept = values[:, self._kept]
        return np.where(np.isnan(kept), self._medians, kept)


def _half_space_trees(rows: _Rows, seed: int) -> Score:
    from river.anomaly import HalfSpaceTrees

    low, high = np.quantile(rows.known, _RANGE, axis=0)
    limits = {
        i: (float(a), float(max(a + 1e-9, b)))
        for i, (a, b) in enumerate(zip(low, high, strict=True))
    }
    model: Any = HalfSpaceTrees(n_trees=_TREES, window_size=_WINDOW, limits=limits, seed=seed)
    for row in rows.known:
        model.learn_one(_named(row, low, high))

    def score(xs: Sequence[Observation]) -> Array:
        found = []
        for row in rows.of(xs):
            named = _named(row, low, high)
            found.append(float(model.score_one(named)))
            model.learn_one(named)
        return np.array(found)

    return score


def _named(row: Array, low: Array, high: Array) -> dict[int, float]:
    """Hold a row within the limits that the trees were told."""
    return dict(enumerate(np.clip(row, low, high).tolist()))
