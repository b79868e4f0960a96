"""Stored exchanges as observations again, with the scores that they were given."""

from __future__ import annotations

from dataclasses import replace

from detectors.conversation import Conversation, Given
from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.observe import observe
from monitor.record import ExchangeRecord


def observation_of(record: ExchangeRecord) -> Observation:
    """The observation that a record was made of, without features and embeddings.

    Records of earlier versions tell no given texts apart: their strongest scores stand for one.
    """
    return replace(
        observe(record.exchange),
        scores=record.scores,
        judges=record.judges,
        findings=record.findings,
        languages=record.languages,
        unscored=record.unscored,
        categories=record.categories,
        given=_given(record),
        conversation=record.conversation,
    )


def under(x: Observation, policy: SafetyPolicy) -> Observation:
    """The observation as the policy has it: a conversation that it would not have found is none."""
    found = x.conversation
    if found is None or _finds(x, found, policy):
        return x
    return replace(x, conversation=None)


def _finds(x: Observation, found: Conversation, policy: SafetyPolicy) -> bool:
    scores, alone = x.scores.get("conversation", {}), x.scores.get("prompt", {})
    limit = policy.thresholds_conversation.get(found.category, 2.0)
    flagged = any(alone.get(name, 0.0) >= least for name, least in policy.thresholds_prompt.items())
    return policy.conversations and not flagged and scores.get(found.category, 0.0) >= limit


def _given(record: ExchangeRecord) -> tuple[Given, ...]:
    if record.given or "given" not in record.scores:
        return tuple(record.given)
    return (Given("given", "", scores=record.scores["given"]),)
