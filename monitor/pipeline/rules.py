"""Which rules watch a model's traffic: every detector family, built from the policy."""

from __future__ import annotations

from collections.abc import Callable

from detectors.anomaly.rules import rules as anomaly_rules
from detectors.base import Rule
from detectors.baseline import Baseline
from detectors.drift.rules import rules as drift_rules
from detectors.latency import shift as latency_shift
from detectors.latency.rules import rules as latency_rules
from detectors.safety.rules import rules as safety_rules
from monitor.policy import Policy

Build = Callable[[Policy, Baseline | None], list[Rule]]

FAMILIES: dict[str, Build] = {
    "latency": lambda policy, baseline: latency_rules(policy.latency, baseline),
    "safety": lambda policy, baseline: safety_rules(policy.safety, baseline),
    "drift": lambda policy, baseline: drift_rules(policy.drift, baseline),
    "anomaly": lambda policy, baseline: anomaly_rules(policy.anomaly, baseline),
}
"""A new family is one line here; a new detector of a family is one line in its `rules`."""

NEED_BASELINE = frozenset({"drift", "anomaly", latency_shift.NAME})
"""Families, and single rules of others, to build again when a model's baseline changes."""

OWN_HISTORY = frozenset({"anomaly.burst"})
"""Rules of these families that compare traffic with its own past, and with no baseline."""


def outlives_baseline(rule: Rule) -> bool:
    """Whether a rule keeps what it has seen when the model's baseline changes."""
    needs = rule.detector in NEED_BASELINE or rule.name in NEED_BASELINE
    return not needs or rule.name in OWN_HISTORY


def build(policy: Policy, baseline: Baseline | None) -> list[Rule]:
    """The rules of every family that the policy names, in its order."""
    return [rule for name in policy.detectors for rule in FAMILIES[name](policy, baseline)]


def rebuild(policy: Policy, rules: list[Rule], baseline: Baseline) -> list[Rule]:
    """The same rules with a new baseline: those that need none keep what they have seen."""
    kept = [rule for rule in rules if outlives_baseline(rule)]
    names = {rule.name for rule in kept}
    return kept + [rule for rule in build(policy, baseline) if rule.name not in names]
