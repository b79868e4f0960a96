"""A label: a person's word on something that was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

LabelVerdict = Literal["true_positive", "false_positive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLabel:
    """Whether an incident is right about one of its exchanges, who says so, when and why.

    `at` is in seconds since the epoch. `exchange_id` is the exchange that was looked at, "" of an
    incident that names none. `scores`, by part and category, are those of that exchange as they were
    stored when it was labelled: they outlive its record, and are empty where that had expired.
    `policy` is the version that the incident was opened by.
    """

    incident_id: str
    verdict: LabelVerdict
    by: str
    at: float
    reason: str = ""
    exchange_id: str = ""
    detector: str = ""
    kind: str = ""
    rule: str = ""
    model: str = ""
    tenant: str = ""
    policy: str = ""
    scores: dict[str, dict[str, float]] = field(default_factory=dict)


def verdict_of(labels: Iterable[IncidentLabel]) -> LabelVerdict | None:
    """What the labels of one incident say of it: it is right if it is about any of its exchanges."""
    verdicts = {label.verdict for label in labels}
    if not verdicts:
        return None
    return "true_positive" if "true_positive" in verdicts else "false_positive"
