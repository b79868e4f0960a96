"""What is counted of a key's traffic, and what a burst of it is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted, as events among trials.

    `kind` names the detection. `prior` is how many trials what others do counts as, beside a key's
    own history (for requests: how many events), and `longest` how many trials that history holds
    before it fades. `unit` is that of events over trials.
    """

    name: str
    kind: str
    unit: str
    prior: float
    longest: float


REQUESTS = Measure("requests", "burst", "requests per minute", 5.0, 28 * 86_400.0)
TOKENS = Measure("tokens", "token_burst", "tokens per exchange", 20.0, 20_000.0)

MEASURES = (
    REQUESTS,
    TOKENS,
    Measure("refusals", "refusal_burst", "share of exchanges", 20.0, 20_000.0),
    Measure("errors", "error_burst", "share of exchanges", 20.0, 20_000.0),
    Measure("flagged", "flagged_burst", "share of exchanges", 20.0, 20_000.0),
    Measure("repeated prompts", "replay", "share of exchanges", 20.0, 20_000.0),
    Measure("nearly repeated prompts", "extraction", "share of exchanges", 20.0, 20_000.0),
)
"""Requests over seconds, tokens over requests, and shares of exchanges."""

LONGEST = tuple(measure.longest for measure in MEASURES)
"""Each one's longest history: asked for at every exchange."""

FIRST_SHARE = 2

HABIT = 0.25
"""Share of a key's exchanges from which on something is what this key does, and no burst."""
