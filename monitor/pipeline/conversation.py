"""The user's last turns read together: what is harmless turn by turn may not be as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from detectors.base import Label
from detectors.observation import Conversation
from detectors.safety.context import Context, last_turns
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


def standing_out(
    together: Mapping[str, float], alone: Mapping[str, float], limits: Mapping[str, float]
) -> str:
    """The category that is over its threshold together and none of the last turn alone; or ""."""
    if any(alone.get(name, 0.0) >= limit for name, limit in limits.items()):
        return ""
    over = [name for name, limit in limits.items() if together.get(name, 0.0) >= limit]
    over.sort(
        key=lambda name: (name == "unsafe", _log_odds(limits[name]) - _log_odds(together[name]))
    )
    return over[0] if over else ""


def shares(turns: Sequence[str], category: str, score: float, ask: Ask) -> Conversation:
    """How much each turn adds: by what is left of the log-odds without it."""
    without = ["\n".join([*turns[:i], *turns[i + 1 :]]) for i in range(len(turns))]
    left = [_score(labels, category) for labels in ask(without)]
    adds = tuple(_log_odds(score) - _log_odds(rest) for rest in left)
    return Conversation(len(turns), category, adds)


def _score(labels: list[Label] | None, category: str) -> float:
    return next((label.score for label in labels or () if label.name == category), 0.0)


def _log_odds(p: float) -> float:
    p = min(max(p, _EPSILON), 1.0 - _EPSILON)
    return math.log(p / (1.0 - p))
