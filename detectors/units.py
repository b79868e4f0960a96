"""Channels in units that a person can read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """What a channel is called, how its number is turned back, and in what that is counted."""

    label: str
    back: Callable[[float], float]
    unit: str


_KNOWN = {
    "prompt_log_length": Unit("prompt_length", math.expm1, "words"),
    "response_log_length": Unit("response_length", math.expm1, "words"),
    "log_input_tokens": Unit("input_tokens", math.expm1, "tokens"),
    "log_output_tokens": Unit("output_tokens", math.expm1, "tokens"),
    "log_ttft": Unit("ttft", math.exp, "s"),
    "log_seconds_per_token": Unit("seconds_per_token", math.exp, "s"),
}


def unit_of(channel: str) -> Unit:
    """How to tell a channel's values; as they are, under its own name, where nothing is known."""
    return _KNOWN.get(channel) or Unit(channel, float, "")
