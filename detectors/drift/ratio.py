"""How much likelier an exchange is under what comes now than under the baseline: a density ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]

_FOLDS = 4
_RIDGE = 3.0
_STEPS = 8
_ROWS_PER_COLUMN = 6
_LEAST_SPREAD = 0.1
_LARGEST = 4.0
_LARGEST_LOGIT = 8.0


@dataclass(frozen=True, slots=True)
class LogRatios:
    """Log density ratios, window to reference, of every row; none was fitted on itself."""

    window: Doubles
    reference: Doubles
    others: Doubles


def log_ratios(window: Floats, reference: Floats, others: Floats) -> LogRatios:
    """Estimate the ratio by a ridge logistic regression that tells the window's rows from the reference's.

    With both sides weighted alike its logit is the log ratio (Bickel, Brueckner and Scheffer,
    "Discriminative learning under covariate shift", 2009). Each fold's rows are judged by a fit on
    the others, so that no gap is seen where there is none (Lopez-Paz and Oquab, "Revisiting
    classifier two-sample tests", 2017). `others` are judged by one fit each too, so that their
    ratios spread alike.
    """
    spread = np.maximum(reference.std(axis=0), _LEAST_SPREAD)
    center = reference.mean(axis=0)
    now, then, rest = (_standard(rows, center, spread) for rows in (window, reference, others))
    found_now, found_then = np.zeros(len(now)), np.zeros(len(then))
    found_rest = np.zeros(len(rest))
    fold_now, fold_then, fold_rest = (np.arange(len(rows)) % _FOLDS for rows in (now, then, rest))
    for fold in range(_FOLDS):
        fitted = _screened(now[fold_now != fold], then[fold_then != fold])
        found_now[fold_now == fold] = _logit(now[fold_now == fold], fitted)
        found_then[fold_then == fold] = _logit(then[fold_then == fold], fitted)
        found_rest[fold_rest == fold] = _logit(rest[fold_rest == fold], fitted)
    return LogRatios(found_now, found_then, found_rest)


def _standard(rows: Floats, center: Floats, spread: Floats) -> Doubles:
    """Scale by the reference, bound, and put a column of ones in front."""
    scaled = ((rows - center) / spread).clip(-_LARGEST, _LARGEST)
    return np.hstack([np.ones((len(rows), 1)), scaled.astype(np.float64)])


def _screened(now: Doubles, then: Doubles) -> Doubles:
    """Fit on the columns whose means are furthest apart: few rows cannot weigh many columns."""
    apart = np.abs(now.mean(axis=0) - then.mean(axis=0)) / np.sqrt(then.var(axis=0) + 0.1)
    apart[0] = np.inf
    kept = np.argsort(-apart, kind="stable")[: int(np.clip(len(now) // _ROWS_PER_COLUMN, 4, 40))]
    fitted = np.zeros(now.shape[1])
    fitted[kept] = _fit(now[:, kept], then[:, kept])
    return fitted


def _fit(now: Doubles, then: Doubles) -> Doubles:
    """Coefficients by Newton's method; each side counts as many rows as the window has."""
    rows = np.vstack([now, then])
    target = np.concatenate([np.ones(len(now)), np.zeros(len(then))])
    weight = np.concatenate([np.ones(len(now)), np.full(len(then), len(now) / max(1, len(then)))])
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[0] = 1e-3
    fitted = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-_logit(rows, fitted)))
        gradient = rows.T @ (weight * (target - p)) - ridge * fitted
        curved = rows * (weight * np.maximum(p * (1 - p), 1e-4))[:, None]
        fitted = fitted + np.linalg.solve(curved.T @ rows + np.diag(ridge), gradient)
    return fitted


def _logit(rows: Doubles, fitted: Doubles) -> Doubles:
    return (rows @ fitted).clip(-_LARGEST_LOGIT, _LARGEST_LOGIT)
