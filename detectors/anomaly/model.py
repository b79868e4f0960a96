"""One calibrated score for each exchange, from a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.anomaly.comparison import Rows
from detectors.anomaly.fitted import Array
from detectors.anomaly.group import Finding, Group, Looked, strongest_signs
from detectors.baseline import stratum
from detectors.thresholds import conformal_threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detectors.anomaly.policy import AnomalyPolicy
    from detectors.baseline import Baseline
    from detectors.observation import Observation


Key = tuple[str, str]

ANY = "*"
"""In place of a route: all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The score of an exchange, and what its findings are made of when somebody asks."""

    group: Group
    looked: Looked

    @property
    def score(self) -> float:
        """In nats; about -log of how often an ordinary exchange is as unusual."""
        return self.looked.score

    def findings(self, count: int = 5) -> list[Finding]:
        """Give the leading factors, the strongest first."""
        return self.group.findings(self.looked, count)


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyModel:
    """Scores exchanges against a baseline, within their system prompt where it has enough rows.

    Where a system prompt is used on several routes, each of them that has enough rows is compared
    with itself. All others, and what the baseline does not know, are compared with the next wider
    group, and in the end with all rows.

    The threshold is the conformal quantile of the baseline rows' own scores, each by tails fitted
    without that row's fold. `largest_sign` is the strongest absolute sign of any of them.
    """

    baseline: Baseline
    pooled: Group
    groups: dict[Key, Group]
    scores: Array
    largest_sign: float

    @classmethod
    def fit(cls, baseline: Baseline, policy: AnomalyPolicy) -> AnomalyModel:
        """Fit to a baseline; about a second for 3,000 rows."""
        everything = np.arange(baseline.size, dtype=np.intp)
        pooled, scores = Group.fit(baseline, everything)
        groups = {}
        for key, rows in _parts(baseline, policy.least_stratum):
            groups[key], scores[rows] = Group.fit(baseline, rows)
        largest_sign = float(strongest_signs(baseline, everything).max())
        return cls(baseline, pooled, groups, scores, largest_sign)

    def threshold(self, rate: float) -> float:
        """Score that a share `rate` of ordinary exchanges exceeds at most."""
        return conformal_threshold(self.scores, rate)

    def judge(self, x: Observation, absolute: float) -> Judgement:
        """Score an exchange; `absolute` is the score of its strongest absolute sign."""
        group = self._group(x) if self.groups else self.pooled
        row = self.baseline.row(x).tolist()
        return Judgement(group, group.judge(x, row, absolute))

    def _group(self, x: Observation) -> Group:
        name = stratum(x.system)
        wider = self.groups.get((name, ANY), self.pooled)
        return self.groups.get((name, x.route), wider)


def _parts(baseline: Baseline, least: int) -> Iterator[tuple[Key, Rows]]:
    """Parts of a baseline with enough rows and less than all of them, the widest first."""
    strata, routes = np.array(baseline.strata), np.array(baseline.routes)
    for name, rows in _split(strata, np.arange(baseline.size, dtype=np.intp), least):
        yield (name, ANY), rows
    for name in np.unique(strata).tolist():
        own = np.flatnonzero(strata == name)
        for route, rows in _split(routes, own, least):
            yield (name, route), rows


def _split(names: npt.NDArray[np.str_], rows: Rows, least: int) -> Iterator[tuple[str, Rows]]:
    """Rows of each name that has enough; none where all are of one name."""
    found, counts = np.unique(names[rows], return_counts=True)
    if len(found) > 1:
        for name, count in zip(found.tolist(), counts.tolist(), strict=True):
            if count >= least:
                yield name, rows[names[rows] == name]
