"""The latency family's registration: one line for each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.latency.burn import BudgetRule
from detectors.latency.measures import MEASURES, Measure, cut, failure
from detectors.latency.share import ShareOverLimit
from detectors.latency.shift import LatencyShiftRule
from detectors.latency.slow import SlowExchange
from detectors.latency.stall import StallRule
from detectors.rules import ChangeRule, Key, ThresholdRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.base import Change, Rule, Severity
    from detectors.baseline import Baseline
    from detectors.latency.policy import LatencyPolicy

_CRITICAL_SHARE = 0.5
_CRITICAL_SLOWNESS = 10.0


def rules(policy: LatencyPolicy, baseline: Baseline | None = None) -> list[Rule]:
    """Build the latency rules; but for the last, objectives say what is normal."""
    built: list[Rule] = [
        *(_objective(name, measure, policy) for name, measure in MEASURES.items()),
        _slow(policy),
        StallRule(policy.stall_seconds),
        _share("errors", failure, policy.error_share, policy),
        _share("cut_stream", cut, policy.cut_share, policy),
        BudgetRule(policy),
        *([] if baseline is None else [LatencyShiftRule(policy, baseline)]),
    ]
    return [rule for rule in built if rule.name not in policy.disabled_rules]


def _objective(name: str, measure: Measure, policy: LatencyPolicy) -> Rule:
    def make(key: Key) -> ShareOverLimit:
        objective = policy.objective(*key)
        limit = None if objective is None else getattr(objective, name)
        allowed = 0.5 if objective is None else 1.0 - objective.target
        return _window(name, float("inf") if limit is None else limit, allowed, "s", policy)

    return _change_rule(name, measure, make, policy)


def _share(name: str, measure: Measure, allowed: float, policy: LatencyPolicy) -> Rule:
    return _change_rule(name, measure, lambda _: _window(name, 0.5, allowed, "", policy), policy)


def _window(
    name: str, limit: float, allowed: float, unit: str, policy: LatencyPolicy
) -> ShareOverLimit:
    return ShareOverLimit(
        name,
        limit=limit,
        allowed=allowed,
        window=policy.window,
        seconds=policy.window_seconds,
        minimum=policy.minimum,
        confidence=policy.confidence,
        unit=unit,
    )


def _change_rule(
    name: str,
    measure: Measure,
    make: Callable[[Key], ShareOverLimit],
    policy: LatencyPolicy,
) -> Rule:
    return ChangeRule(
        f"latency.{name}",
        detector="latency",
        read=measure,
        make=make,
        grade=_grade,
        cooldown=policy.cooldown,
    )


def _slow(policy: LatencyPolicy) -> Rule:
    scorer = SlowExchange(policy)
    return ThresholdRule(
        scorer.name,
        scorer,
        detector="latency",
        detection_type="slow_exchange",
        threshold=policy.slow_factor,
        critical=_CRITICAL_SLOWNESS,
        explain=scorer.explain,
    )


def _grade(change: Change) -> Severity:
    """Give critical from half of the exchanges on."""
    return "critical" if change.score >= _CRITICAL_SHARE else "warning"
