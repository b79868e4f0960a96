"""How grave an incident is: points for what was found, how far it reaches and where it goes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from detectors.base import Severity
from monitor.grouping.aspects import is_of_traffic
from monitor.grouping.policy import SeverityPolicy
from monitor.grouping.reach import Reach
from monitor.incidents.incident import RANK, Incident

_TWICE = 2.0
_LOG_ODDS = 3.0
_EPSILON = 1e-6
_LASTING = frozenset({"safety", "anomaly"})
"""What these find has happened, and stays as grave; what the others find is a state that may mend."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity, and how it came about in a sentence."""

    severity: Severity
    reason: str


def single(found: Severity, detector: str, kind: str, policy: SeverityPolicy) -> Severity:
    """What one finding is: as the policy names it, or else as the rule says."""
    return policy.kinds.get(f"{detector}.{kind}", policy.kinds.get(detector, found))


def grade(incident: Incident, reach: Reach, policy: SeverityPolicy, *, at: float) -> Grade:
    """The severity of an incident with so far a reach, as a pure function of both.

    It never is less than what was found says itself. It rises at once; it falls when it has stood
    for `hold` seconds and the points are a whole point below what it needs.
    """
    base = _base(incident, policy, at)
    told = list(_points(incident, reach, policy))
    extra = sum(points for points, _ in told)
    total = max(_worth(base, policy), _worth(base, policy) + extra)
    severity = max(_level(total, policy), base, key=RANK.__getitem__)
    if RANK[severity] < RANK[incident.severity] and _stands(incident, total, policy, at):
        reason = f"{incident.severity}, as it was until lately: {_said(base, told, total)}"
        return Grade(incident.severity, reason)
    return Grade(severity, f"{severity}: {_said(base, told, total)}")


def _base(incident: Incident, policy: SeverityPolicy, at: float) -> Severity:
    """The gravest that was found, of a state as far as it was said lately."""
    since = -math.inf
    if incident.detector not in _LASTING:
        since = min(at, incident.last_seen) - policy.hold
    found = [severity for severity, last in incident.found.items() if last >= since]
    return max(found, key=RANK.__getitem__, default=incident.severity)


def _worth(severity: Severity, policy: SeverityPolicy) -> float:
    return {"info": 0.0, "warning": policy.warning, "critical": policy.critical}[severity]


def _level(points: float, policy: SeverityPolicy) -> Severity:
    if points >= policy.critical:
        return "critical"
    return "warning" if points >= policy.warning else "info"


def _stands(incident: Incident, points: float, policy: SeverityPolicy, at: float) -> bool:
    fresh = at - incident.severity_at < policy.hold
    return fresh or points > _worth(incident.severity, policy) - 1.0


def _points(
    incident: Incident, reach: Reach, policy: SeverityPolicy
) -> Iterator[tuple[float, str]]:
    reached = sum(reach.share >= share for share in policy.shares) if reach.share else 0
    if reached and reach.share:
        yield float(reached), f"{reach.share:.0%} of the traffic"
    if is_of_traffic(incident.detector, incident.rule, incident.kind):
        return  # its score says how certain it is, not how grave, and it touches whoever comes
    if policy.far and _is_far(incident):
        yield policy.far, f"scored {incident.score:.3g} against {incident.threshold:.3g}"
    if policy.tenants and reach.tenants >= policy.tenants:
        yield 1.0, f"{reach.tenants} tenants"
    if policy.users and reach.users >= policy.users:
        yield 1.0, f"{reach.users} users"
    if reach.pace is not None and policy.rising and reach.pace >= _TWICE:
        yield policy.rising, f"{reach.pace:.1f} times the pace of the last half hour"
    if reach.pace is not None and policy.falling and reach.pace <= 1.0 / _TWICE:
        yield -policy.falling, f"{reach.pace:.1f} times the pace of the last half hour"


def _is_far(incident: Incident) -> bool:
    score, threshold = incident.score, incident.threshold
    if incident.detector == "safety":
        return _log_odds(score) - _log_odds(threshold) >= _LOG_ODDS
    return threshold > 0 and score >= _TWICE * threshold


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))


def _said(base: Severity, told: list[tuple[float, str]], total: float) -> str:
    parts = [f"a finding of severity {base}", *(f"{text} ({points:+g})" for points, text in told)]
    return f"{', '.join(parts)}; {total:g} points"


def regraded(incident: Incident, reach: Reach, policy: SeverityPolicy, *, at: float) -> Incident:
    """The incident with the severity that it has by its reach, and with the furthest it had."""
    given = grade(incident, reach, policy, at=at)
    changed = given.severity != incident.severity
    shares = [share for share in (incident.share, reach.share) if share is not None]
    return replace(
        incident,
        severity=given.severity,
        severity_reason=given.reason,
        severity_at=max(at, incident.severity_at) if changed else incident.severity_at,
        share=max(shares, default=None),
        tenants=max(incident.tenants, reach.tenants),
        users=max(incident.users, reach.users),
    )
