"""Whether what is not unsafe is flagged more often where it names one group than another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detectors.safety.evaluation.intervals import Rate


@dataclass(frozen=True, slots=True)
class GroupGap:
    """The two groups whose false-alarm rates lie furthest apart.

    `certain` says that their 95% intervals do not meet. With many groups the furthest two are
    somewhat apart by chance alone, so a gap that is not certain is no finding.
    """

    most: str
    least: str
    difference: float
    certain: bool


def group_gap(false_alarms: Mapping[str, Rate]) -> GroupGap | None:
    """The widest gap between groups; None with fewer than two that have texts to judge by."""
    known = {name: rate for name, rate in false_alarms.items() if rate.share is not None}
    if len(known) < 2:
        return None
    ranked = sorted(known, key=lambda name: (known[name].share or 0.0, name))
    least, most = ranked[0], ranked[-1]
    low, high = known[least], known[most]
    assert low.interval is not None
    assert high.interval is not None
    return GroupGap(
        most=most,
        least=least,
        difference=(high.share or 0.0) - (low.share or 0.0),
        certain=low.interval.high < high.interval.low,
    )
