"""The anomaly family's registration: one rule, one combined score for each exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.anomaly.absolute import signs_of
from detectors.anomaly.explain import evidence_of_findings, evidence_of_signs
from detectors.anomaly.model import AnomalyModel
from detectors.base import Detection, DetectorName, Evidence, Rule, Severity, State, Verdict
from detectors.baseline import is_ordinary
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.anomaly.policy import AnomalyPolicy
    from detectors.baseline import Baseline
    from detectors.observation import Observation

_MILD = frozenset({"novel_prompt", "unusual_length", "unusual_format"})
_MILD_FACTOR = 1.5


def rules(policy: AnomalyPolicy, baseline: Baseline | None = None) -> list[Rule]:
    """Build the anomaly rule; without a baseline it goes by absolute signs alone."""
    return [AnomalyRule(policy, baseline)] if policy.enabled else []


class AnomalyRule:
    """Gives every finished exchange one score, and speaks where it exceeds the threshold.

    With a baseline the score is the larger of the calibrated one and the strongest absolute sign,
    and the threshold the conformal quantile for the policy's false-positive rate, never below the
    absolute threshold. The finding is named after its leading factor. Nothing is learnt from
    traffic, so nothing is kept.
    """

    name = "anomaly.exchange"
    detector: DetectorName = "anomaly"

    def __init__(self, policy: AnomalyPolicy, baseline: Baseline | None) -> None:
        self._model = None if baseline is None else AnomalyModel.fit(baseline, policy)
        self.threshold = policy.absolute_threshold
        if self._model is not None:
            self.threshold = max(self.threshold, self._model.threshold(policy.false_positive_rate))

    def observe(self, x: Observation) -> Verdict:
        """Score a finished exchange that went through; others are no anomaly of content."""
        if not is_ordinary(x):
            return NOTHING
        kind, score, evidence = self._judge(x)
        scores = {"anomaly": score}
        if score <= self.threshold:
            return Verdict(scores)
        detection = Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=kind,
            score=score,
            threshold=self.threshold,
            evidence=evidence,
            at=x.at,
            model=x.model,
            severity=_severity(kind, score, self.threshold),
            route=x.route,
            tenant=x.tenant,
            exchange_id=x.id,
        )
        return Verdict(scores, (detection,))

    def state(self) -> State:
        """Nothing is kept."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing is kept."""

    def _judge(self, x: Observation) -> tuple[str, float, tuple[Evidence, ...]]:
        """Kind, score and evidence; the evidence only where it is needed."""
        seen = signs_of(x)
        score = seen[0][0] if seen else 0.0
        kind = seen[0][1].kind if seen else ""
        if self._model is None:
            return kind, score, evidence_of_signs(seen) if score > self.threshold else ()
        absolute = score
        score, findings = self._model.judge(x, absolute)
        if score <= self.threshold:
            return kind, score, ()
        if findings and findings[0].surprise > absolute:
            kind = findings[0].factor.kind
        return kind, score, evidence_of_findings(findings) + evidence_of_signs(seen)


def _severity(kind: str, score: float, threshold: float) -> Severity:
    if kind == "prompt_leak":
        return "critical"
    return "info" if kind in _MILD and score < _MILD_FACTOR * threshold else "warning"
