"""One calibrated score for each exchange, from a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.anomaly.fitted import Array
from detectors.anomaly.group import Finding, Group, Looked, strongest_signs
from detectors.baseline import stratum
from detectors.thresholds import conformal_threshold

if TYPE_CHECKING:
    from detectors.anomaly.policy import AnomalyPolicy
    from detectors.baseline import Baseline
    from detectors.observation import Observation


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

    The threshold is the conformal quantile of the baseline rows' own scores, each by tails fitted
    without that row's fold. `largest_sign` is the strongest absolute sign of any of them.
    """

    baseline: Baseline
    pooled: Group
    groups: dict[str, Group]
    scores: Array
    largest_sign: float

    @classmethod
    def fit(cls, baseline: Baseline, policy: AnomalyPolicy) -> AnomalyModel:
        """Fit to a baseline; about a second for 3,000 rows."""
        strata = np.array(baseline.strata)
        pooled, scores = Group.fit(baseline, np.arange(baseline.size, dtype=np.intp))
        groups = {}
        names, counts = np.unique(strata, return_counts=True)
        if len(names) > 1:
            for name, count in zip(names.tolist(), counts.tolist(), strict=True):
                if count >= policy.least_stratum:
                    rows = np.flatnonzero(strata == name)
                    groups[name], scores[rows] = Group.fit(baseline, rows)
        everything = np.arange(baseline.size, dtype=np.intp)
        largest_sign = float(strongest_signs(baseline, everything).max())
        return cls(baseline, pooled, groups, scores, largest_sign)

    def threshold(self, rate: float) -> float:
        """Score that a share `rate` of ordinary exchanges exceeds at most."""
        return conformal_threshold(self.scores, rate)

    def judge(self, x: Observation, absolute: float) -> Judgement:
        """Score an exchange; `absolute` is the score of its strongest absolute sign."""
        group = self.groups.get(stratum(x.system), self.pooled) if self.groups else self.pooled
        row = self.baseline.row(x).tolist()
        return Judgement(group, group.judge(x, row, absolute))
