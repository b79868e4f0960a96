"""Weigh the two stages of the classifier against each other, on sources neither had seen."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from contrast import contrast_rows
from corpus import Row, read
from encoder_examples import HELD_OUT
from scipy.optimize import minimize

from detectors.safety.categories import CATEGORIES

Array = npt.NDArray[np.float64]

GROUPS = 4
FEWEST = 40
POSITIVE_SHARE = 0.1
EQUAL = np.array([0.3, 0.7, 0.0])
"""Weights of cheap stage, encoder and offset where data say nothing else."""
_PULL = 1e-3


@dataclass(frozen=True)
class Scored:
    """Rows of one side with both stages' log-odds, of shape (rows, categories)."""

    side: str
    rows: list[Row]
    cheap: Array
    encoder: Array

    @property
    def sources(self) -> npt.NDArray[np.str_]:
        """Source of each row."""
        return np.array([row.source for row in self.rows])

    @property
    def unseen(self) -> npt.NDArray[np.bool_]:
        """Which rows are of sources that the encoder was not trained on."""
        return np.isin(self.sources, list(HELD_OUT))

    def labels(self, name: str) -> Array:
        """1 and 0 as the source says; NaN for unknown and for labels that are our inference."""
        return np.array(
            [t if w == 1.0 else np.nan for t, w in (r.known.get(name, (0, 0)) for r in self.rows)]
        )


def load(data: Path, scores: Path) -> list[Scored]:
    """Read what `encoder_scores.py` wrote, beside the rows."""
    saved = np.load(scores)
    by_id = {row.id: row for row in read(data) + contrast_rows()}
    rows = [by_id[x] for x in saved["ids"].tolist()]
    roles = np.array([row.role for row in rows])
    spoke = np.isfinite(saved["encoder"][:, 0]) & np.isfinite(saved["cheap"][:, 0])
    found = []
    for side in ("prompt", "response"):
        at = np.flatnonzero((roles == side) & spoke)
        cheap, encoder = (saved[name][at].astype(np.float64) for name in ("cheap", "encoder"))
        found.append(Scored(side, [rows[i] for i in at], cheap, encoder))
    return found


def fitted(x: Scored, use: npt.NDArray[np.bool_]) -> Array:
    """Weights of shape (3, categories), from the rows marked in `use`.

    Every source and label counts the same; one positive in ten is assumed. A category with few
    positives there is fitted on all rows.
    """
    stack = np.tile(EQUAL[:, None], len(CATEGORIES))
    for j, name in enumerate(CATEGORIES):
        labels = x.labels(name)
        for chosen in (use & np.isfinite(labels), np.isfinite(labels)):
            if min((labels[chosen] == 1).sum(), (labels[chosen] == 0).sum()) >= FEWEST:
                stack[:, j] = _weighed(x, j, labels, chosen)
                break
    return stack


def by_others(x: Scored) -> Array:
    """Log-odds of every row by weights that its source had no part in."""
    groups = np.array([_group(source) for source in x.sources])
    found = np.full_like(x.cheap, np.nan)
    for group in range(GROUPS):
        own = groups == group
        found[own] = combined(x, fitted(x, x.unseen & ~own))[own]
    return found


def combined(x: Scored, stack: Array) -> Array:
    """Weighted sum of both stages."""
    found: Array = stack[0] * x.cheap + stack[1] * x.encoder + stack[2]
    return found


def _weighed(x: Scored, j: int, labels: Array, chosen: npt.NDArray[np.bool_]) -> Array:
    y, sources = labels[chosen], x.sources[chosen]
    design = np.stack([x.cheap[chosen, j], x.encoder[chosen, j], np.ones(len(y))])
    sizes = Counter(zip(y.tolist(), sources.tolist(), strict=True))
    w = np.array([sizes[key] ** -0.5 for key in zip(y.tolist(), sources.tolist(), strict=True)])
    w = np.where(
        y == 1,
        POSITIVE_SHARE * w / w[y == 1].sum(),
        (1 - POSITIVE_SHARE) * w / w[y == 0].sum(),
    )
    sign = 2 * y - 1

    def loss(p: Array) -> float:
        pull = _PULL * ((p[:2] - EQUAL[:2]) ** 2).sum()
        return float((w * np.logaddexp(0.0, -sign * (p @ design))).sum() + pull)

    bounds = [(0.0, 3.0), (0.02, 3.0), (-20.0, 20.0)]
    found: Array = minimize(loss, EQUAL, bounds=bounds, method="L-BFGS-B").x
    return found


def _group(source: str) -> int:
    return hashlib.sha1(source.encode(), usedforsecurity=False).digest()[0] % GROUPS
