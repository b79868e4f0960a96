"""The anomaly family's registration: one combined score for each exchange, and bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.anomaly.absolute import Seen, signs_of
from detectors.anomaly.bursts.rule import BurstRule
from detectors.anomaly.explain import evidence_of_findings, evidence_of_signs
from detectors.anomaly.group import Finding
from detectors.anomaly.model import AnomalyModel
from detectors.anomaly.ordinary import Ordinary
from detectors.base import Detection, DetectorName, Evidence, Rule, Severity, State, Verdict
from detectors.baseline import is_ordinary
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.anomaly.policy import AnomalyPolicy
    from detectors.baseline import Baseline
    from detectors.observation import Observation

_MILD = frozenset({"novel_prompt", "unusual_length", "unusual_format"})
_MILD_FACTOR = 1.5
_CLEAR = 8.0


def rules(policy: AnomalyPolicy, baseline: Baseline | None = None) -> list[Rule]:
    """Build the anomaly rules; without a baseline single exchanges go by absolute signs alone."""
    exchanges = AnomalyRule(policy, baseline)
    return [exchanges, BurstRule(policy)] if policy.bursts else [exchanges]


class AnomalyRule:
    """Gives every finished exchange one score, and speaks where it exceeds the threshold.

    With a baseline the score combines its factors with the strongest absolute sign, and the
    threshold is the conformal quantile for the policy's false-positive rate, never below the
    absolute threshold. A baseline without such signs does not raise the bar for them, however
    small it is. The finding is named after its leading factor. What is unusual is not learnt from
    traffic; the last ordinary exchanges are kept to be shown beside an unusual one.

    A stream still under way is looked at for loops alone, by the absolute signs: whatever else it
    may turn out to be, its end is still to come. It is the same finding as that of the finished
    exchange.
    """

    name = "anomaly.exchange"
    detector: DetectorName = "anomaly"

    def __init__(self, policy: AnomalyPolicy, baseline: Baseline | None) -> None:
        self._model = None if baseline is None else AnomalyModel.fit(baseline, policy)
        self._certain = self.threshold = policy.absolute_threshold
        self._ordinary = Ordinary()
        if self._model is not None:
            calibrated = self._model.threshold(policy.false_positive_rate)
            self.threshold = max(self.threshold, calibrated)
            if self._model.largest_sign >= self._certain:
                self._certain = self.threshold

    def observe(self, x: Observation) -> Verdict:
        """Score a finished exchange that went through; others are no anomaly of content."""
        if x.state == "running":
            return self._looping(x)
        if not is_ordinary(x):
            return NOTHING
        seen = signs_of(x)
        absolute = seen[0][0] if seen else 0.0
        judgement = None if self._model is None else self._model.judge(x, absolute)
        score = absolute if judgement is None else judgement.score
        scores = {"anomaly": score}
        is_certain = absolute >= self._certain
        if score <= self.threshold and not is_certain:
            self._ordinary.learn(x)
            return Verdict(scores)
        findings = [] if judgement is None else judgement.findings()
        kind, evidence = _named(seen, findings)
        threshold = min(self.threshold, self._certain) if is_certain else self.threshold
        evidence = (*evidence, *self._ordinary.nearest(x))
        return Verdict(scores, (self._detection(x, kind, score, threshold, evidence),))

    def _looping(self, x: Observation) -> Verdict:
        """Say so if a stream under way repeats itself beyond doubt."""
        seen = [each for each in signs_of(x) if each[1].kind == "repetition"]
        if not seen or seen[0][0] < self._certain:
            return NOTHING
        evidence = evidence_of_signs(seen)
        if x.timing.duration is not None:
            evidence += (Evidence("still under way after", x.timing.duration, None, 0.0, "s"),)
        score = seen[0][0]
        return Verdict({}, (self._detection(x, "repetition", score, self._certain, evidence),))

    def _detection(
        self,
        x: Observation,
        kind: str,
        score: float,
        threshold: float,
        evidence: tuple[Evidence, ...],
    ) -> Detection:
        return Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=kind,
            score=score,
            threshold=threshold,
            evidence=evidence,
            at=x.at,
            model=x.model,
            severity=_severity(kind, score, threshold),
            route=x.route,
            tenant=x.tenant,
            exchange_id=x.id,
        )

    def state(self) -> State:
        """The last ordinary exchanges."""
        return self._ordinary.state()

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._ordinary.restore(state)


def _named(seen: list[Seen], findings: list[Finding]) -> tuple[str, tuple[Evidence, ...]]:
    """Name a finding after its leading factor: a clear absolute sign before all others."""
    told, compared = evidence_of_signs(seen), evidence_of_findings(findings)
    if seen and (seen[0][0] >= _CLEAR or not findings):
        return seen[0][1].kind, told + compared
    return findings[0].factor.kind, compared + told


def _severity(kind: str, score: float, threshold: float) -> Severity:
    if kind == "prompt_leak":
        return "critical"
    return "info" if kind in _MILD and score < _MILD_FACTOR * threshold else "warning"
