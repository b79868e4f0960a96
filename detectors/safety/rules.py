"""From scores and findings to detections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from detectors.base import Detection, DetectorName, Evidence, State, Verdict
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.base import Rule, Severity
    from detectors.observation import Observation, Side
    from detectors.safety.policy import SafetyPolicy

_EPSILON = 1e-6


def rules(policy: SafetyPolicy, baseline: object | None = None) -> list[Rule]:
    """Build the safety rules; the policy alone says what is unsafe, not the baseline."""
    del baseline
    switches: tuple[tuple[Side, str, bool], ...] = (
        ("prompt", "secret", policy.secrets_in_prompts),
        ("response", "secret", policy.secrets),
        ("prompt", "pii", policy.pii_in_prompts),
        ("response", "pii", policy.pii),
    )
    return [
        CategoryRule("prompt", policy),
        CategoryRule("response", policy),
        *(PatternRule(side, kind, policy) for side, kind, on in switches if on),
    ]


class _Stateless:
    """A rule that judges each observation by itself."""

    detector: DetectorName = "safety"

    def state(self) -> State:
        """Nothing is kept."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing is kept."""


class CategoryRule(_Stateless):
    """Speaks when a category of one side reaches its threshold.

    However many do, there is one detection: for the category furthest above its threshold in
    log-odds, `unsafe` only if no other is above its own. The rest are its evidence.
    """

    def __init__(self, side: Side, policy: SafetyPolicy) -> None:
        self.name = f"safety.{side}"
        self._side = side
        self._policy = policy
        self._thresholds = policy.thresholds(side)

    def observe(self, x: Observation) -> Verdict:
        """Compare the side's scores with the thresholds; a side without scores says nothing."""
        scores = x.scores.get(self._side, {})
        if not scores:
            return NOTHING
        above = [name for name, limit in self._thresholds.items() if scores.get(name, 0.0) >= limit]
        told = {f"{self.name}.unsafe": scores.get("unsafe", 0.0)}
        if not above:
            return Verdict(told)
        above.sort(key=lambda name: (name == "unsafe", -self._margin(name, scores[name])))
        return Verdict(told, (self._detection(x, above, scores),))

    def _margin(self, name: str, score: float) -> float:
        return _log_odds(score) - _log_odds(self._thresholds[name])

    def _detection(self, x: Observation, above: list[str], scores: dict[str, float]) -> Detection:
        evidence = [
            Evidence(
                f"{self._side} {name}",
                scores[name],
                self._thresholds[name],
                weight=1.0 + self._margin(name, scores[name]),
                unit="probability",
            )
            for name in above
        ]
        if judges := x.judges.get(self._side):
            evidence.append(Evidence(f"{self._side} judged by", ", ".join(judges), weight=0.0))
        return _detection(
            x,
            rule=f"{self.name}.{above[0]}",
            category=above[0],
            score=scores[above[0]],
            threshold=self._thresholds[above[0]],
            evidence=tuple(evidence),
            severity=self._policy.severity_of(self._side, above[0]),
        )


class PatternRule(_Stateless):
    """Speaks when the recognisers found secrets or personal data on one side.

    In a response, a kind that the prompt held too is an echo and no leak.
    """

    def __init__(self, side: Side, kind: str, policy: SafetyPolicy) -> None:
        self.name = f"safety.{side}.{kind}"
        self._side = side
        self._kind = kind
        self._policy = policy

    def observe(self, x: Observation) -> Verdict:
        """Look at the kinds that were found; the data itself is never seen here."""
        kinds = self._kinds(x, self._side)
        if self._side == "response":
            kinds -= self._kinds(x, "prompt")
        if not kinds:
            return NOTHING
        detection = _detection(
            x,
            rule=self.name,
            category=self._kind,
            score=1.0,
            threshold=1.0,
            evidence=tuple(Evidence(f"{self._side} {kind}", "found") for kind in sorted(kinds)),
            severity=self._policy.severity_of(self._side, self._kind),
        )
        return Verdict(detections=(detection,))

    def _kinds(self, x: Observation, side: Side) -> set[str]:
        return {kind for kind in x.findings.get(side, ()) if kind.startswith(f"{self._kind}.")}


def _detection(
    x: Observation,
    *,
    rule: str,
    category: str,
    score: float,
    threshold: float,
    evidence: tuple[Evidence, ...],
    severity: Severity,
) -> Detection:
    return Detection(
        rule=rule,
        detector="safety",
        detection_type=category,
        score=score,
        threshold=threshold,
        evidence=evidence,
        at=x.at,
        model=x.model,
        severity=severity,
        route=x.route,
        tenant=x.tenant,
        exchange_id=x.id,
    )


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))
