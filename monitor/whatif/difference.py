"""The difference between what two policies find in the same traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from detectors.base import Detection, DetectorName, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding: two of the same rule on the same exchange are the same."""

    exchange_id: str
    rule: str
    detector: DetectorName
    category: str
    severity: Severity
    score: float
    model: str
    tenant: str
    at: float

    @classmethod
    def of(cls, detection: Detection) -> Found:
        """What a detection says, without its evidence."""
        return cls(
            exchange_id=detection.exchange_id,
            rule=detection.rule,
            detector=detection.detector,
            category=detection.detection_type,
            severity=detection.severity,
            score=detection.score,
            model=detection.model,
            tenant=detection.tenant,
            at=detection.at,
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """A finding of both policies, with the severity that it had before."""

    found: Found
    before: Severity


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of findings before and after, and what lies between."""

    before: int = 0
    after: int = 0
    new: int = 0
    gone: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What another policy finds that this one does not, and the other way round.

    `new`, `gone` and `changed` (in severity) are in the order of the traffic. `flagged_before` and
    `flagged_after` count exchanges with any finding. A finding is counted under its category, as
    `detector.category`, and its tenant, "" for none.
    """

    exchanges: int = 0
    flagged_before: int = 0
    flagged_after: int = 0
    total: Tally = field(default_factory=Tally)
    by_category: dict[str, Tally] = field(default_factory=dict)
    by_tenant: dict[str, Tally] = field(default_factory=dict)
    new: list[Found] = field(default_factory=list)
    gone: list[Found] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)


def difference(before: Iterable[Found], after: Iterable[Found], *, exchanges: int) -> Difference:
    """Set what two policies found in so many exchanges against each other."""
    old, now = _by_place(before), _by_place(after)
    new = [found for place, found in now.items() if place not in old]
    gone = [found for place, found in old.items() if place not in now]
    changed = [
        Changed(found, old[place].severity)
        for place, found in now.items()
        if place in old and old[place].severity != found.severity
    ]
    counted = _Counted(list(old.values()), list(now.values()), new, gone, changed)
    return Difference(
        exchanges=exchanges,
        flagged_before=len({found.exchange_id for found in old.values()}),
        flagged_after=len({found.exchange_id for found in now.values()}),
        total=counted.by(lambda _: "").get("", Tally()),
        by_category=counted.by(lambda found: f"{found.detector}.{found.category}"),
        by_tenant=counted.by(lambda found: found.tenant),
        new=new,
        gone=gone,
        changed=changed,
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    before: list[Found]
    after: list[Found]
    new: list[Found]
    gone: list[Found]
    changed: list[Changed]

    def by(self, facet: Callable[[Found], str]) -> dict[str, Tally]:
        """Numbers of each value of a facet, in the order of the values."""
        tallies: dict[str, Tally] = {}
        kinds = {
            "before": self.before,
            "after": self.after,
            "new": self.new,
            "gone": self.gone,
            "changed": [each.found for each in self.changed],
        }
        for kind, every in kinds.items():
            for found in every:
                tally = tallies.get(facet(found), Tally())
                tallies[facet(found)] = replace(tally, **{kind: getattr(tally, kind) + 1})
        return dict(sorted(tallies.items()))


def _by_place(findings: Iterable[Found]) -> dict[tuple[str, str], Found]:
    return {(found.rule, found.exchange_id): found for found in findings}
