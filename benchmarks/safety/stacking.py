"""Weigh the two stages of the classifier against each other, on sources neither had seen."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from corpus import Row
from encoder_examples import HELD_OUT
from scipy.optimize import minimize
from texts import all_rows

from detectors.safety.categories import CATEGORIES
from detectors.safety.stacked import stacked

Array = npt.NDArray[np.float64]

GROUPS = 4
FEWEST = 40
POSITIVE_SHARE = 0.1
CHEAP_SHARE = 0.3
"""Weight of the cheap stage's log-odds; the encoder has the rest.

One for all categories: weights fitted to a few sources did worse on others.
"""


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
    return beside({row.id: row for row in all_rows(data)}, scores)


def beside(by_id: dict[str, Row], scores: Path) -> list[Scored]:
    """Give scores with their rows, prompts first; without rows that no stage could read."""
    saved = np.load(scores)
    rows = [by_id[x] for x in saved["ids"].tolist()]
    roles = np.array([row.role for row in rows])
    spoke = np.isfinite(saved["encoder"][:, 0]) & np.isfinite(saved["cheap"][:, 0])
    found = []
    for side in ("prompt", "response"):
        at = np.flatnonzero((roles == side) & spoke)
        cheap, encoder = (saved[name][at].astype(np.float64) for name in ("cheap", "encoder"))
        found.append(Scored(side, [rows[i] for i in at], cheap, encoder))
    return found


def mixed(x: Scored) -> Array:
    """Weighted sum of both stages' log-odds."""
    found: Array = CHEAP_SHARE * x.cheap + (1 - CHEAP_SHARE) * x.encoder
    return found


def fitted(x: Scored, use: npt.NDArray[np.bool_], instead: Array | None = None) -> Array:
    """Weights of cheap stage and encoder, and offset, shape (3, categories).

    A logistic curve (Platt, 1999) on the mixture, fitted on the rows marked in `use`, makes it
    probabilities. Every source and label counts the same; one positive in ten is assumed. A
    category with few positives takes what `instead` has for it, else is fitted on all rows.
    """
    stack = np.tile(np.array([[CHEAP_SHARE], [1 - CHEAP_SHARE], [0.0]]), len(CATEGORIES))
    for j, name in enumerate(CATEGORIES):
        labels = x.labels(name)
        known = np.isfinite(labels)
        if _enough(labels[use & known]) or (instead is None and _enough(labels[known])):
            chosen = use & known if _enough(labels[use & known]) else known
            slope, offset = _curve(mixed(x)[chosen, j], labels[chosen], x.sources[chosen])
            stack[:, j] *= slope
            stack[2, j] = offset
        elif instead is not None:
            stack[:, j] = instead[:, j]
    return stack


def _enough(labels: Array) -> bool:
    return bool(min((labels == 1).sum(), (labels == 0).sum()) >= FEWEST)


def by_others(x: Scored, instead: Array | None = None) -> Array:
    """Log-odds of every row by curves that its source had no part in."""
    groups = np.array([_group(source) for source in x.sources])
    found = np.full_like(x.cheap, np.nan)
    for group in range(GROUPS):
        own = groups == group
        found[own] = combined(x, fitted(x, x.unseen & ~own, instead))[own]
    return found


def combined(x: Scored, stack: Array) -> Array:
    """What the two stages say together by a fitted stack, as it is served."""
    parts = (stack, x.cheap, x.encoder)
    return stacked(*(part.astype(np.float32) for part in parts)).astype(np.float64)


def _curve(z: Array, y: Array, sources: npt.NDArray[np.str_]) -> Array:
    keys = list(zip(y.tolist(), sources.tolist(), strict=True))
    sizes = Counter(keys)
    w = np.array([sizes[key] ** -0.5 for key in keys])
    w = np.where(
        y == 1,
        POSITIVE_SHARE * w / w[y == 1].sum(),
        (1 - POSITIVE_SHARE) * w / w[y == 0].sum(),
    )

    def loss(p: Array) -> float:
        margin = (2 * y - 1) * (p[0] * z + p[1])
        return float((w * np.logaddexp(0.0, -margin)).sum() + 1e-3 * (p[0] - 1) ** 2)

    found: Array = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return np.array([max(found[0], 0.05), found[1]])


def _group(source: str) -> int:
    return hashlib.sha1(source.encode(), usedforsecurity=False).digest()[0] % GROUPS
