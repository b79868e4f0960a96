"""What scores that are there already cannot tell of another policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from detectors.safety.policy import SafetyPolicy

_SCORING = ("second_stage", "second_stage_from", "models", "presidio", "conversation_gain")


def unscored_changes(before: SafetyPolicy, after: SafetyPolicy) -> list[str]:
    """Keys of the policy that change who scores which text: old scores say nothing of them."""
    return [f"safety.{name}" for name in _SCORING if getattr(before, name) != getattr(after, name)]


def unread_changes(before: SafetyPolicy, after: SafetyPolicy) -> list[str]:
    """Keys by which conversations would be found that were not looked into at the time."""
    changed = []
    if after.conversations and not before.conversations:
        changed.append("safety.conversations")
    if _lowered(before.thresholds_conversation, after.thresholds_conversation):
        changed.append("safety.thresholds_conversation")
    return changed


def loosest(policy: SafetyPolicy, other: SafetyPolicy) -> SafetyPolicy:
    """A policy to score by so that every conversation is looked into that either would find."""
    return replace(
        policy,
        conversations=policy.conversations or other.conversations,
        thresholds_prompt=_merged(policy.thresholds_prompt, other.thresholds_prompt, max),
        thresholds_conversation=_merged(
            policy.thresholds_conversation, other.thresholds_conversation, min
        ),
    )


def _lowered(before: dict[str, float], after: dict[str, float]) -> bool:
    return any(limit < before.get(name, 2.0) for name, limit in after.items())


def _merged(
    one: dict[str, float], other: dict[str, float], choose: Callable[[float, float], float]
) -> dict[str, float]:
    """Both tables; where both have a category, the limit that `choose` takes."""
    both = {name: choose(limit, other[name]) for name, limit in one.items() if name in other}
    return {**one, **other, **both}
