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
from detectors.anomaly.tails import SURPRISING, Surprises, Tails
from detectors.anomaly.together import TOGETHER, Together, members_of

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.observation import Observation

_TELLING = 4.0
_OF_A_KIND = 2
_BEYOND_KNOWN, _ENOUGH_PROMPTS = 2.0, 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One factor of an exchange: its surprise in nats, what was seen, the baseline's 95% level.

    `share` is that of ordinary exchanges at least as far out, as far as that can be told.
    """

    factor: Factor
    surprise: float
    value: float
    usual: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """What the rows of one system prompt, or of all, look like; `most` caps sums of factors."""

    columns: npt.NDArray[np.intp]
    signs: Array
    handicaps: list[float]
    caps: list[float]
    most: float
    telling: list[float]
    factors: tuple[Factor, ...]
    comparison: Comparison
    tails: Tails
    together: Together
    usual: Array

    @classmethod
    def fit(cls, baseline: Baseline, rows: Rows) -> tuple[Group, Array]:
        """Fit to these rows; also each row's score by a fit that has not seen it."""
        names = (*baseline.channel_names, *COLUMNS)
        factors = tuple(f for f in (*FACTORS, *FITTED) if f.channel in names)
        columns = np.array([names.index(f.channel) for f in factors], dtype=np.intp)
        sides = np.array([f.sign for f in factors], dtype=np.float64)
        handicaps = np.array([f.handicap for f in factors], dtype=np.float64)
        most = _most(_distinct(baseline, rows))
        caps = _caps(factors, most)
        fold = folds(len(rows))
        fitted = Comparison.of_rows(baseline, rows, fold)
        values = np.hstack([baseline.values[rows].astype(np.float64), fitted])[:, columns] * sides
        raw = _unseen_surprises(values, fold)
        sums, absolute = _unseen_sums(raw, factors, fold), strongest_signs(baseline, rows)
        surprises = weighed(raw, handicaps, caps)
        scores = combine(np.column_stack([absolute, surprises, np.minimum(sums, most)]))
        usual = _quantile(values, 0.95) * sides
        comparison = Comparison.of(baseline, rows, fold)
        tails = Tails.fit(values)
        telling = [_TELLING if f.kind in TELLING else 0.0 for f in factors]
        together = Together.fit(members_of(factors), raw)
        group = cls(
            columns=columns,
            signs=sides,
            handicaps=handicaps.tolist(),
            caps=caps.tolist(),
            most=most,
            telling=telling,
            factors=factors,
            comparison=comparison,
            tails=tails,
            together=together,
            usual=usual,
        )
        return group, scores

    def judge(self, x: Observation, row: list[float], absolute: float) -> Looked:
        """Score an exchange; `row` holds its channels in the baseline's order."""
        seen = np.array(row + self.comparison.features(x, row))[self.columns]
        raw = self.tails.surprise_of_one(seen * self.signs)
        surprises = [min(found - self.handicaps[i], self.caps[i]) for i, found in raw]
        sums = [min(found, self.most) for found in self.together.surprise_of_one(raw)]
        return Looked(combine_one([absolute, *surprises, *sums]), raw, surprises, sums, seen)

    def findings(self, looked: Looked, count: int) -> list[Finding]:
        """Describe the leading factors, one for each channel and two of a kind at most.

        The strongest come first; one that says what is wrong counts 4 nats more, and so does one
        of the kind whose sum says more than any single factor.
        """
        best: dict[str, Finding] = {}
        leading = self._leading_kind(looked)
        told = [
            (surprise + self.telling[i] + _TELLING * bool(leading and leading[i]), i, raw, surprise)
            for (i, raw), surprise in zip(looked.raw, looked.surprises, strict=True)
            if surprise > 0.0
        ]
        for _, i, raw, surprise in sorted(told, key=lambda each: -each[0]):
            if len(best) == count:
                break
            alike = [each.factor.kind for each in best.values()].count(self.factors[i].kind)
            if alike == _OF_A_KIND:
                continue
            factor, value, usual = self.factors[i], float(looked.seen[i]), float(self.usual[i])
            finding = Finding(factor, surprise, value, usual, math.exp(-raw))
            best.setdefault(factor.channel, finding)
        return list(best.values())

    def _leading_kind(self, looked: Looked) -> list[float] | None:
        """Which factors are of the kind whose sum says more than any of them, if there is one."""
        leading = looked.sums.index(max(looked.sums))
        if not TOGETHER[leading] or looked.sums[leading] <= max(looked.surprises, default=0.0):
            return None
        members: list[float] = self.together.members[:, leading].tolist()
        return members


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """The score of an exchange, and what it is made of.

    `raw` are the factors that surprise, and by how much, `surprises` the same less handicaps and
    within caps, `sums` those of the kinds together, `seen` the factors' values.
    """

    score: float
    raw: Surprises
    surprises: list[float]
    sums: list[float]
    seen: Array


def _unseen_surprises(values: Array, fold: npt.NDArray[np.intp]) -> Array:
    """Each row's surprises by tails fitted to the other folds."""
    raw = np.empty_like(values)
    for k in range(FOLDS):
        raw[fold == k] = Tails.fit(values[fold != k]).surprise(values[fold == k])
    return np.where(raw >= SURPRISING, raw, 0.0)


def _unseen_sums(raw: Array, factors: tuple[Factor, ...], fold: npt.NDArray[np.intp]) -> Array:
    """Each row's surprises by kind, by tails fitted to the other folds."""
    members = members_of(factors)
    sums = np.empty((len(raw), len(TOGETHER)))
    for k in range(FOLDS):
        sums[fold == k] = Together.fit(members, raw[fold != k]).surprise(raw[fold == k])
    return sums


def _most(distinct: int) -> float:
    """What so many different prompts can tell of content, in nats.

    A hundred exchanges about twenty questions say little about the twenty-first.
    """
    return (math.log(distinct + 1) + _BEYOND_KNOWN) * max(1.0, distinct / _ENOUGH_PROMPTS)


def _caps(factors: tuple[Factor, ...], most: float) -> Array:
    """Hold content factors to what the prompts can tell."""
    held = [f.cap if f.kind == "unusual_speed" else min(f.cap, most) for f in factors]
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
