"""Models trained without the sources they are judged on, and curves fitted on what they say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
from corpus import FOLDS, Row, fold_of
from featurise import Features
from fitting import Fitted, fit
from scipy.optimize import minimize

from detectors.safety.categories import CATEGORIES
from detectors.safety.overall import with_overall

Array = npt.NDArray[np.float32]

OTHER_SIDE = 0.5
"""Weight of the other side's rows: a model of responses learns from prompts too."""


def side_weights(rows: list[Row], x: Features, side: str) -> Array:
    """Row weights as one side's model sees them."""
    own = np.array([1.0 if row.role == side else OTHER_SIDE for row in rows], dtype=np.float32)
    return x.weights * own[x.row, None]


def fit_on(rows: list[Row], x: Features, side: str, keep: npt.NDArray[np.bool_]) -> Fitted:
    """Fit one side's model on the windows of the rows marked in `keep`."""
    places = np.flatnonzero(keep[x.row])
    return fit(x, places, side_weights(rows, x, side)[places])


def held_out_logits(rows: list[Row], x: Features, side: str) -> Array:
    """Log-odds of every row by a model that saw neither its source nor the same text elsewhere.

    Rows of sources that no fold holds out, and rows of the other side, are NaN. A long text takes
    the largest value of its windows.
    """
    folds = np.array([-1 if (f := fold_of(row.source)) is None else f for row in rows])
    roles = np.array([row.role for row in rows])
    keys = np.array([row.key for row in rows], dtype=object)
    out = np.full((len(rows), len(CATEGORIES)), np.nan, dtype=np.float32)
    for fold in range(len(FOLDS)):
        held = folds == fold
        seen = set(keys[held])
        train = ~held & np.array([k not in seen for k in keys])
        model = fit_on(rows, x, side, train)
        places = np.flatnonzero((held & (roles == side))[x.row])
        np.fmax.at(out, x.row[places], model.logits(x, places))
    return out


def curve(rows: list[Row], logits: Array) -> Array:
    """Slope and offset by category, shape (2, categories), of the logistic calibration curve.

    Fitted on held-out log-odds, every source and label of equal weight, so that no large source
    says alone what a score means. A category held out nowhere keeps slope 1 and offset 0.
    """
    logits = with_overall(logits)
    curves = np.array([np.ones(len(CATEGORIES)), np.zeros(len(CATEGORIES))])
    for j, name in enumerate(CATEGORIES):
        known = [
            (logits[i, j], row.known[name][0], row.source)
            for i, row in enumerate(rows)
            if name in row.known and np.isfinite(logits[i, j])
        ]
        labels = {target for _, target, _ in known}
        if labels == {0.0, 1.0}:
            curves[:, j] = _platt(known)
    return curves.astype(np.float32)


def _platt(known: list[tuple[float, float, str]]) -> npt.NDArray[np.float64]:
    sizes = Counter((target, source) for _, target, source in known)
    z = np.array([score for score, _, _ in known], dtype=np.float64)
    y = np.array([target for _, target, _ in known])
    w = np.array([sizes[target, source] ** -0.5 for _, target, source in known])
    # Prevalence is a matter of the traffic, not of these sets: one unsafe text in ten is taken.
    w = np.where(y == 1, 0.1 * w / w[y == 1].sum(), 0.9 * w / w[y == 0].sum())

    def loss(p: npt.NDArray[np.float64]) -> float:
        margin = (2 * y - 1) * (p[0] * z + p[1])
        return float((w * np.logaddexp(0.0, -margin)).sum() + 1e-4 * (p[0] - 1) ** 2)

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return np.array([max(slope, 0.05), offset])
