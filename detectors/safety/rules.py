"""From scores and findings to detections."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.base import Detection, DetectorName, Evidence, State, Verdict
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.base import Rule, Severity
    from detectors.conversation import Conversation, Given
    from detectors.observation import Observation, Part, Side
    from detectors.safety.policy import SafetyPolicy

_EPSILON = 1e-6
_MOST_SOURCES = 5


@dataclass(frozen=True, slots=True)
class _Found:
    """A category of a given text that is over its threshold."""

    category: str
    score: float
    threshold: float
    given: Given

    @property
    def margin(self) -> float:
        return _margin(self.score, self.threshold)


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
        GivenRule(policy),
        ConversationRule(policy),
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
        return _margin(score, self._thresholds[name])

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


class GivenRule(_Stateless):
    """Speaks when a category of what a tool or a document gave reaches its threshold.

    One detection, as for a side; its evidence names the tool or the document of each category, and
    the place in it. An attack there is not the user's: whoever wrote the text speaks to the model.
    """

    name = "safety.given"

    def __init__(self, policy: SafetyPolicy) -> None:
        self._policy = policy

    def observe(self, x: Observation) -> Verdict:
        """Compare each text's scores with its thresholds."""
        if not x.given:
            return NOTHING
        told = {f"{self.name}.unsafe": x.scores.get("given", {}).get("unsafe", 0.0)}
        above = self._above(x)
        if not above:
            return Verdict(told)
        first = above[0]
        detection = _detection(
            x,
            rule=f"{self.name}.{first.category}",
            category=first.category,
            score=first.score,
            threshold=first.threshold,
            evidence=_given_evidence(above, x.judges.get("given")),
            severity=self._policy.severity_of("given", first.category),
        )
        return Verdict(told, (detection,))

    def _above(self, x: Observation) -> list[_Found]:
        """The strongest text of each category that is over its threshold, the clearest first."""
        found: dict[str, _Found] = {}
        for given in x.given:
            for name, limit in self._policy.thresholds_of_given(pasted=given.pasted).items():
                score = given.scores.get(name, 0.0)
                if score >= limit and (name not in found or score > found[name].score):
                    found[name] = _Found(name, score, limit, given)
        return sorted(found.values(), key=lambda each: (each.category == "unsafe", -each.margin))


class ConversationRule(_Stateless):
    """Speaks when the user's last turns are over a threshold together and the last is not alone.

    The evidence says how much each of them adds to the category, in log-odds.
    """

    name = "safety.conversation"

    def __init__(self, policy: SafetyPolicy) -> None:
        self._policy = policy

    def observe(self, x: Observation) -> Verdict:
        """Look at what the score stage found; it read the turns, which are not kept."""
        scores, found = x.scores.get("conversation"), x.conversation
        if scores is None:
            return NOTHING
        told = {f"{self.name}.unsafe": scores.get("unsafe", 0.0)}
        if found is None or found.category not in self._policy.thresholds_conversation:
            return Verdict(told)
        detection = _detection(
            x,
            rule=f"{self.name}.{found.category}",
            category=found.category,
            score=scores[found.category],
            threshold=self._policy.thresholds_conversation[found.category],
            evidence=self._evidence(x, found, scores[found.category]),
            severity=self._policy.severity_of("conversation", found.category),
        )
        return Verdict(told, (detection,))

    def _evidence(self, x: Observation, found: Conversation, score: float) -> tuple[Evidence, ...]:
        limit = self._policy.thresholds_conversation[found.category]
        together = Evidence(
            f"last {found.turns} turns together {found.category}",
            score,
            limit,
            weight=1.0 + _margin(score, limit),
            unit="probability",
        )
        alone = x.scores.get("prompt", {}).get(found.category, 0.0)
        return (
            together,
            Evidence(f"last turn alone {found.category}", alone, limit, 0.0, "probability"),
            *(
                Evidence(f"{_turn(back)} adds", share, weight=share, unit="log-odds")
                for back, share in enumerate(reversed(found.adds))
            ),
        )


class PatternRule(_Stateless):
    """Speaks when the recognisers found secrets or personal data on one side.

    In a response, a kind that the prompt held too, or what was given, is an echo and no leak.
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
            kinds -= self._kinds(x, "prompt") | self._kinds(x, "given")
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

    def _kinds(self, x: Observation, part: Part) -> set[str]:
        return {kind for kind in x.findings.get(part, ()) if kind.startswith(f"{self._kind}.")}


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


def _given_evidence(above: list[_Found], judges: list[str] | None) -> tuple[Evidence, ...]:
    scores = [
        Evidence(f"given {x.category}", x.score, x.threshold, 1.0 + x.margin, "probability")
        for x in above
    ]
    sources = dict.fromkeys((x.given.source, _place(x)) for x in above)
    named = [
        Evidence(f"given by {source}", place, weight=1.0)
        for source, place in list(sources)[:_MOST_SOURCES]
    ]
    judged = [Evidence("given judged by", ", ".join(judges), weight=0.0)] if judges else []
    return (scores[0], *named, *scores[1:], *judged)


def _place(found: _Found) -> str:
    place = found.given.places.get(found.category)
    return "the whole text" if place is None else f"characters {place[0]} to {place[1]}"


def _turn(back: int) -> str:
    if back == 0:
        return "the last turn"
    return "the turn before it" if back == 1 else f"the turn {back} before it"


def _margin(score: float, limit: float) -> float:
    return _log_odds(score) - _log_odds(limit)


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))
