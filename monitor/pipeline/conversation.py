"""The user's last turns read together: what is harmless turn by turn may not be as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from detectors.base import Label
from detectors.conversation import Conversation
from detectors.observation import Observation
from detectors.safety.context import Context, last_turns
from detectors.safety.policy import SafetyPolicy
from monitor.exchange.turns import Turns

Ask = Callable[[Sequence[str]], Sequence[list[Label] | None]]

_EPSILON = 1e-6


def user_turns(asked: Turns) -> list[str]:
    """The user's last turns, oldest first; none where the user says nothing now or said nothing before."""
    if not (asked.prompt or "").strip():
        return []
    earlier = [turn.text for turn in asked.before if turn.role == "user"]
    found = last_turns([*earlier, asked.prompt or ""])
    return found if len(found) > 1 else []


def context_of(asked: Turns) -> Context:
    """What a response answers: the user's last words, and what was said before them."""
    before = [turn.text for turn in asked.before]
    if asked.prompt is not None:
        return Context.of(asked.prompt, before)
    last = max((i for i, turn in enumerate(asked.before) if turn.role == "user"), default=None)
    return Context.of("") if last is None else Context.of(before[last], before[:last])


def found(
    said: Sequence[str], x: Observation, policy: SafetyPolicy, ask: Ask
) -> Conversation | None:
    """What the turns say together that none of them says alone; None where there is nothing.

    A category is over its threshold together, no category of the last turn alone is, and the whole
    is likelier than each of its turns by the policy's gain: a turn that was bad by itself was found
    when it was said, and whatever follows it is not to be found again.
    """
    scores = x.scores.get("conversation", {})
    if _over(x.scores["prompt"], policy.thresholds_prompt):
        return None
    over = _over(scores, policy.thresholds_conversation)
    if not over:
        return None
    alone = ask(said)
    for category in over:
        together = _log_odds(scores[category])
        if together - max(_odds(alone, category)) >= policy.conversation_gain:
            left = _odds(ask(_without_each(said)), category)
            return Conversation(len(said), category, tuple(together - rest for rest in left))
    return None


def _without_each(said: Sequence[str]) -> list[str]:
    return ["\n".join([*said[:i], *said[i + 1 :]]) for i in range(len(said))]


def _over(scores: Mapping[str, float], limits: Mapping[str, float]) -> list[str]:
    """Categories over their thresholds, the clearest first, `unsafe` last."""

    def order(name: str) -> tuple[bool, float]:
        return name == "unsafe", _log_odds(limits[name]) - _log_odds(scores[name])

    over = [name for name, limit in limits.items() if scores.get(name, 0.0) >= limit]
    return sorted(over, key=order)


def _odds(told: Sequence[list[Label] | None], category: str) -> list[float]:
    return [_log_odds(_score(labels, category)) for labels in told]


def _score(labels: list[Label] | None, category: str) -> float:
    return next((label.score for label in labels or () if label.name == category), 0.0)


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))
