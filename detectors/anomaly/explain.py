"""Anomaly findings as evidence in units a person reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from detectors.base import Evidence

if TYPE_CHECKING:
    from detectors.anomaly.absolute import Seen
    from detectors.anomaly.factors import Factor
    from detectors.anomaly.group import Finding

_RAREST = 1e-5
_COUNTS = frozenset({"words", "tokens"})


def evidence_of_findings(findings: list[Finding]) -> tuple[Evidence, ...]:
    """Each factor's value beside the level that 95% of the baseline keep to, and how rare it is."""
    return tuple(_evidence(finding) for finding in findings)


def evidence_of_signs(seen: list[Seen]) -> tuple[Evidence, ...]:
    """Each absolute sign's value beside the one from which on it speaks."""
    return tuple(
        Evidence(f"{sign.kind}: {sign.channel}", round(value, 4), sign.start, score)
        for score, sign, value in seen
    )


def _evidence(finding: Finding) -> Evidence:
    factor = finding.factor
    side = "below" if factor.sign > 0 else "above"
    unit = f"{factor.unit}, 95% of the baseline {side} the reference, {_rarity(finding.share)}"
    usual = None if math.isnan(finding.usual) else _plain(factor, finding.usual)
    value = _plain(factor, finding.value)
    return Evidence(factor.channel, value, usual, finding.surprise, unit.lstrip(", "))


def _rarity(share: float) -> str:
    """Say in a few words how many ordinary exchanges are as far out; beyond some it is a guess."""
    if share < _RAREST:
        return f"hardly one in {round(1.0 / _RAREST):,} as far out"
    digits = 10 ** max(0, math.floor(math.log10(1.0 / share)) - 1)
    return f"about one in {round(1.0 / share / digits) * digits:,} as far out"


def _plain(factor: Factor, value: float) -> float:
    """Undo the logarithm of lengths and times."""
    if factor.scale in _COUNTS:
        return float(round(math.expm1(value)))
    if factor.scale == "seconds":
        return round(math.exp(value), 4)
    return round(value, 4)
