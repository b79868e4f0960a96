"""What the rows of one system prompt, or of all, look like, and how an exchange differs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.anomaly.absolute import signs
from detectors.anomaly.combination import combine, combine_one, weighed
from detectors.anomaly.comparison import Comparison, Rows
from detectors.anomaly.factors import FACTORS, FITTED, TELLING, Factor
from detectors.anomaly.fitted import COLUMNS, FOLDS, Array, folds
from detectors.anomaly.tails import Tails

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.observation import Observation

_TELLING = 4.0
_BEYOND_KNOWN, _ENOUGH_PROMPTS = 2.0, 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One factor of an exchange: its surprise in nats, what was seen, the baseline's 95% level."""

    factor: Factor
    surprise: float
    value: float
    usual: float


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """What the rows of one system prompt, or of all, look like."""

    columns: npt.NDArray[np.intp]
    signs: Array
    handicaps: Array
    caps: Array
    telling: Array
    factors: tuple[Factor, ...]
    comparison: Comparison
    tails: Tails
    usual: Array

    @classmethod
    def fit(cls, baseline: Baseline, rows: Rows) -> tuple[Group, Array]:
        """Fit to these rows; also each row's score by a fit that has not seen it."""
        names = (*baseline.channel_names, *COLUMNS)
        factors = tuple(f for f in (*FACTORS, *FITTED) if f.channel in names)
        columns = np.array([names.index(f.channel) for f in factors], dtype=np.intp)
        sides = np.array([f.sign for f in factors], dtype=np.float64)
        handicaps = np.array([f.handicap for f in factors], dtype=np.float64)
        caps = _caps(factors, _distinct(baseline, rows))
        fold = folds(len(rows))
        fitted = Comparison.of_rows(baseline, rows, fold)
        values = np.hstack([baseline.values[rows].astype(np.float64), fitted])[:, columns] * sides
        scores, absolute = np.empty(len(rows)), strongest_signs(baseline, rows)
        for k in range(FOLDS):
            tails = Tails.fit(values[fold != k])
            surprises = weighed(tails.surprise(values[fold == k]), handicaps, caps)
            scores[fold == k] = combine(np.column_stack([absolute[fold == k], surprises]))
        usual = _quantile(values, 0.95) * sides
        comparison = Comparison.of(baseline, rows, fold)
        tails = Tails.fit(values)
        telling = np.array([_TELLING if f.kind in TELLING else 0.0 for f in factors])
        group = cls(columns, sides, handicaps, caps, telling, factors, comparison, tails, usual)
        return group, scores

    def judge(
        self, x: Observation, row: list[float], absolute: float
    ) -> tuple[float, Array, Array]:
        """Score, each factor's surprise, each factor's value."""
        seen = np.array(row + self.comparison.features(x, row))[self.columns]
        places, found = self.tails.surprise_of_one(seen * self.signs)
        found = np.minimum(found - self.handicaps[places], self.caps[places])
        surprises = np.zeros(len(seen))
        surprises[places] = found
        return combine_one([absolute, *found.tolist()]), surprises, seen

    def findings(self, surprises: Array, seen: Array, count: int) -> list[Finding]:
        """Describe the leading factors, one for each channel.

        The strongest come first; one that says what is wrong counts 4 nats more.
        """
        best: dict[str, Finding] = {}
        told = np.where(surprises > 0.0, surprises + self.telling, 0.0)
        for i in np.argsort(-told, kind="stable"):
            factor = self.factors[i]
            if surprises[i] <= 0.0 or len(best) == count:
                break
            finding = Finding(factor, float(surprises[i]), float(seen[i]), float(self.usual[i]))
            best.setdefault(factor.channel, finding)
        return list(best.values())


def _caps(factors: tuple[Factor, ...], distinct: int) -> Array:
    """Hold content factors to what so many different prompts can tell.

    A hundred exchanges about twenty questions say little about the twenty-first.
    """
    known = (math.log(distinct + 1) + _BEYOND_KNOWN) * max(1.0, distinct / _ENOUGH_PROMPTS)
    held = [f.cap if f.kind == "unusual_speed" else min(f.cap, known) for f in factors]
    return np.array(held, dtype=np.float64)


def _distinct(baseline: Baseline, rows: Rows) -> int:
    """Number of different prompts, as far as their embeddings tell; of rows without any."""
    prompts = baseline.prompt_embeddings[rows]
    seen = {row.tobytes() for row in prompts if row.any()}
    return len(seen) if seen else len(rows)


def strongest_signs(baseline: Baseline, rows: Rows) -> Array:
    """Score of each row's strongest absolute sign."""
    formats = baseline.categories.get("response_format")
    found = np.zeros(len(rows))
    for place, row in enumerate(rows):
        values = zip(baseline.channel_names, baseline.values[row].tolist(), strict=True)
        known = {name: value for name, value in values if value == value}  # noqa: PLR0124 - NaN
        seen = signs(known, empty=formats is not None and formats[row] == "empty")
        found[place] = seen[0][0] if seen else 0.0
    return found


def _quantile(values: Array, level: float) -> Array:
    found = np.full(values.shape[1], np.nan)
    for i, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if len(known):
            found[i] = np.quantile(known, level)
    return found
