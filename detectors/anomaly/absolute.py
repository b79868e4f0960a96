"""Signs that are anomalous whatever the traffic: they need no baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detectors.observation import Observation

FULL = 12.0
"""Score of a sign that leaves no doubt."""

_TOOL_ENDS = frozenset({"tool_calls", "tool_use", "function_call"})
_LONG_SYSTEM = 80
_FEW_WORDS, _MANY_WORDS = math.log(8), math.log(25)
_LONG_CHUNK = math.log(60)
_LEAST_FUNCTION_WORDS = 0.2
_MOST_PUNCTUATION = 0.08


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


Seen = tuple[float, Sign, float]
"""Score, sign and value of a sign that speaks."""

SIGNS = (
    Sign("response_tail_repetition", "repetition", 0.35, 0.9),
    Sign("response_zlib_ratio", "repetition", 0.3, 0.03),
    Sign("response_repeated_sentences", "repetition", 0.6, 0.95),
    Sign("response_misread", "gibberish", 0.0, 0.012),
    Sign("response_letter_surprise", "gibberish", 4.0, 8.0),
    Sign("response_word_order", "gibberish", -3.0, -9.0),
    Sign("prompt_misread", "gibberish_prompt", 0.0, 0.03),
    Sign("pair_system_echo", "prompt_leak", 0.2, 0.8),
    Sign("pair_echo", "echo", 0.93, 1.0),
)
"""Where these are full, ordinary traffic is not; the thresholds err towards silence."""

EMPTY = Sign("response", "empty", 0.0, 1.0)
_EMPTY_SCORE = 16.0


def signs(channels: Mapping[str, float], *, empty: bool) -> list[Seen]:
    """Score, sign and value of all that speak, the strongest first."""
    found = [(_EMPTY_SCORE, EMPTY, 0.0)] if empty else []
    for sign in SIGNS:
        value = channels.get(sign.channel)
        if value is None or (value - sign.start) * (sign.full - sign.start) <= 0.0:
            continue
        score = sign.score(value)
        if _means_something(sign, channels):
            found.append((score, sign, value))
    return sorted(found, key=lambda each: -each[0])


def signs_of(x: Observation) -> list[Seen]:
    """Do as `signs` does, for an exchange."""
    found = signs(x.channels, empty=is_empty(x))
    if len(x.system) < _LONG_SYSTEM:
        return [each for each in found if each[1].kind != "prompt_leak"]
    return found


def is_empty(x: Observation) -> bool:
    """Whether an answer came and is blank, though no tool was called instead."""
    return (
        x.response is not None
        and not x.response.strip()
        and x.finish_reason not in _TOOL_ENDS
        and "response" not in x.unscored
    )


def _means_something(sign: Sign, channels: Mapping[str, float]) -> bool:
    """Whether there is enough text for a sign to mean something."""
    words = channels.get("response_log_length", 0.0)
    if sign.kind == "repetition":
        return words >= _MANY_WORDS
    if sign.kind == "echo":
        return channels.get("prompt_log_length", 0.0) >= _FEW_WORDS
    if sign.channel == "response_word_order":
        known, marks = channels.get("response_function_words"), channels.get("response_punctuation")
        return (known or 0.0) >= _LEAST_FUNCTION_WORDS and (marks or 0.0) <= _MOST_PUNCTUATION
    if sign.channel == "response_letter_surprise":
        return words >= _FEW_WORDS or channels.get("response_longest_chunk", 0.0) >= _LONG_CHUNK
    return True
