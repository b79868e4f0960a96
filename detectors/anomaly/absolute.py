"""Signs that are anomalous whatever the traffic: they need no baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.observation import Observation

FULL = 12.0
"""Score of a sign that leaves no doubt."""

_TOOL_ENDS = frozenset({"tool_calls", "tool_use", "function_call"})
_LEAST_LOG_LENGTH = math.log(25)
_LONG_SYSTEM = 80
_LONG_PROMPT = 40


@dataclass(frozen=True, slots=True)
class Sign:
    """How strongly one channel speaks: 0 at `start`, FULL at `full`, in between a straight line."""

    channel: str
    kind: str
    start: float
    full: float

    def score(self, value: float) -> float:
        """0 to FULL."""
        return FULL * min(1.0, max(0.0, (value - self.start) / (self.full - self.start)))


SIGNS = (
    Sign("response_tail_repetition", "repetition", 0.35, 0.9),
    Sign("response_zlib_ratio", "repetition", 0.3, 0.03),
    Sign("response_misread", "gibberish", 0.0, 0.012),
    Sign("response_letter_surprise", "gibberish", 4.0, 7.0),
    Sign("response_word_order", "gibberish", 0.0, -15.0),
    Sign("prompt_misread", "gibberish_prompt", 0.0, 0.03),
    Sign("prompt_letter_surprise", "gibberish_prompt", 4.0, 8.0),
    Sign("pair_system_echo", "prompt_leak", 0.2, 0.8),
    Sign("pair_echo", "echo", 0.4, 1.0),
)
"""Where these are full, ordinary traffic is not; the thresholds err towards silence."""


def signs(x: Observation) -> list[tuple[float, Sign, float]]:
    """Score, sign and value of all that speak, the strongest first."""
    found = []
    if is_empty(x):
        found.append((FULL, EMPTY, 0.0))
    long_enough = x.channels.get("response_log_length", 0.0) >= _LEAST_LOG_LENGTH
    for sign in SIGNS:
        value = x.channels.get(sign.channel)
        if value is None or (sign.kind == "repetition" and not long_enough):
            continue
        if sign.kind == "prompt_leak" and len(x.system) < _LONG_SYSTEM:
            continue
        if sign.kind == "echo" and len(x.prompt or "") < _LONG_PROMPT:
            continue
        score = sign.score(value)
        if score > 0.0:
            found.append((score, sign, value))
    return sorted(found, key=lambda each: -each[0])


def is_empty(x: Observation) -> bool:
    """Whether an answer came and is blank, though no tool was called instead."""
    return (
        x.response is not None
        and not x.response.strip()
        and x.finish_reason not in _TOOL_ENDS
        and "response" not in x.unscored
    )


EMPTY = Sign("response", "empty", 0.0, 1.0)
