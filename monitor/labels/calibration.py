"""Thresholds for a false-positive rate, from labels and stored traffic. Nothing is applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, nan

import numpy as np

from detectors.safety.evaluation.doubt import Labels
from detectors.safety.evaluation.intervals import Interval, Rate
from detectors.safety.evaluation.threshold import Traffic, false_positives, threshold_for
from detectors.safety.policy import SafetyPolicy
from monitor.labels.label import IncidentLabel

PARTS = ("prompt", "response", "given")
"""Conversations are not among them: more than a threshold makes a finding of one."""
_FEWEST = 3
"""With so many expected, one or more would be seen in 95 of 100 samples."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What calibration needs of a stored exchange: its scores by part and category."""

    exchange_id: str
    scores: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One category of one part: its threshold, and the one that is proposed.

    `proposed` is None where `current` should stay, and `reason` says why. `interval` is where the
    proposal would come out in 95 of 100 such samples. `false_positives` are of `current`,
    `false_positives_after` of `proposed`; `kept` are the true positives of the labels that it still
    finds. `right` and `wrong` count labels.
    """

    part: str
    category: str
    current: float
    texts: int
    right: int
    wrong: int
    false_positives: Rate
    proposed: float | None = None
    interval: Interval | None = None
    false_positives_after: Rate | None = None
    kept: Rate | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels that bear on one category of one part: `benign` by exchange; scores, and which are wrong."""

    benign: dict[str, bool] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    wrong: list[bool] = field(default_factory=list)

    @property
    def hits(self) -> list[float]:
        """Scores of the true positives."""
        return [score for score, wrong in zip(self.scores, self.wrong, strict=True) if not wrong]


def calibrate(
    records: Sequence[Scored],
    labels: Sequence[IncidentLabel],
    policy: SafetyPolicy,
    *,
    target: float,
    lower: bool = False,
) -> list[Proposal]:
    """A proposal for every category that has a threshold and was scored in these records.

    `target` is the share of benign texts that may be flagged by each. Unless `lower`, a threshold
    within it stays: what a lower one would find, nobody has labelled.
    """
    return [
        _proposal(part, category, traffic, known, target=target, lower=lower)
        for part in PARTS
        for category, limit in policy.thresholds(part).items()
        for known in [_known(labels, part, category, limit)]
        for traffic in [_traffic(records, part, category, limit, known)]
        if len(traffic.scores)
    ]


def apply(policy: SafetyPolicy, proposals: Sequence[Proposal]) -> SafetyPolicy:
    """The policy with what is proposed in place of what is there."""
    for part in PARTS:
        changed = {x.category: x.proposed for x in proposals if x.part == part and x.proposed}
        table = {f"thresholds_{part}": {**policy.thresholds(part), **changed}}
        policy = replace(policy, **table)  # type: ignore[arg-type]  # the key says which table it is
    return policy


def _proposal(
    part: str, category: str, traffic: Traffic, known: Labelled, *, target: float, lower: bool
) -> Proposal:
    now = false_positives(traffic, traffic.limit)
    told = Proposal(
        part=part,
        category=category,
        current=traffic.limit,
        texts=len(traffic.scores),
        right=len(known.benign) - sum(known.benign.values()),
        wrong=sum(known.benign.values()),
        false_positives=now,
    )
    if now.of < _FEWEST / target:
        return replace(told, reason=f"needs {ceil(_FEWEST / target)} benign texts")
    if not lower and (now.share or 0.0) <= target:
        return replace(told, reason="within the target")
    found = threshold_for(traffic, target)
    if found is None:
        return replace(told, reason="no threshold reaches the target")
    hits = sum(score >= found.value for score in known.hits)
    return replace(
        told,
        proposed=found.value,
        interval=found.interval,
        false_positives_after=false_positives(traffic, found.value),
        kept=Rate.measured(hits, len(known.hits)),
    )


def _traffic(
    records: Sequence[Scored], part: str, category: str, limit: float, known: Labelled
) -> Traffic:
    scored = [
        (record.scores[part][category], float(known.benign.get(record.exchange_id, nan)))
        for record in records
        if category in record.scores.get(part, {})
    ]
    scores, benign = np.array(scored, dtype=np.float64).reshape(-1, 2).T
    over = [
        (score, wrong)
        for score, wrong in zip(known.scores, known.wrong, strict=True)
        if score >= limit
    ]
    labelled, wrong = np.array(over, dtype=np.float64).reshape(-1, 2).T
    return Traffic(scores, benign, limit, Labels(labelled, wrong))


def _known(labels: Sequence[IncidentLabel], part: str, category: str, limit: float) -> Labelled:
    benign: dict[str, bool] = {}
    scores: list[float] = []
    wrong: list[bool] = []
    for label in _about(labels, part, category, limit):
        benign[label.exchange_id] = label.verdict == "false_positive"
        score = label.scores.get(part, {}).get(category)
        if score is not None:
            scores.append(score)
            wrong.append(label.verdict == "false_positive")
    return Labelled(benign, scores, wrong)


def _about(
    labels: Sequence[IncidentLabel], part: str, category: str, limit: float
) -> Iterator[IncidentLabel]:
    """Labels of the category, and of any other where `unsafe` was over its threshold too."""
    for label in labels:
        if label.detector != "safety" or not label.rule.startswith(f"safety.{part}."):
            continue
        unsafe = label.scores.get(part, {}).get("unsafe", 0.0)
        if label.kind == category or (category == "unsafe" and unsafe >= limit):
            yield label
