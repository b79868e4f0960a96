"""What is known of one exchange after scoring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from detectors.conversation import Conversation, Given

Vector = npt.NDArray[np.float32]
Side = Literal["prompt", "response"]
Part = Literal["prompt", "response", "given", "conversation"]
"""What is scored: the two sides, what tools and documents gave, the user's last turns together."""
ExchangeState = Literal["done", "stalled", "running"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one exchange, in seconds; None is not known, never zero.

    `ttft` is from the last byte of the request to the first token; `duration` to the last byte.
    `max_gap` is the longest silence inside a stream, `gap_p99` the one that 99% of its gaps keep
    within; `idle` how long a stalled stream has now been silent. `connect` is to an open connection
    to the upstream, `own` what Sidewatch itself took of the time to the first byte of the answer.
    """

    ttft: float | None = None
    duration: float | None = None
    max_gap: float | None = None
    idle: float | None = None
    gap_p99: float | None = None
    connect: float | None = None
    own: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One exchange as the detectors see it.

    `user` is who asks within the tenant, as far as that is known: what the client calls the user, or
    else a stand-in for the API key.

    `prompt` is what the user asks now (in the turns since the model's last answer), `given` what
    tools and documents gave in them, `system` the system prompt. `prompt` or `response` is None
    where that side is absent or could not be read: what was not scored never reads as clean, so
    `unscored` names each such part and why. `conversation` is there where the user's last turns
    are over a threshold together. `upstream` tells the replica that answered from others. `called`
    names the tools that the answer calls, in order.

    `screened` is what the cheap stage alone makes of each side, so that what drift and anomaly
    compare stays the same whichever models judge; empty where it was the judge.

    `scores` maps part to category to calibrated probability, and `judges` part to the models that
    the scores are from, where there are other models than the built-in one; `findings` holds the pattern
    recognisers' labels by side, and `languages` the languages of a text that was scored, that of most
    of it first. `channels` are the numeric features and `categories` the nominal
    ones, by name; a channel that has no meaning for this exchange is absent. Embeddings are unit
    vectors of the encoder named in the baseline.
    """

    id: str
    at: float
    model: str = ""
    route: str = ""
    tenant: str = ""
    user: str = ""
    upstream: str = ""
    state: ExchangeState = "done"
    stream: bool = False
    status: int = 200
    error: str | None = None
    finish_reason: str | None = None
    system: str = ""
    prompt: str | None = None
    response: str | None = None
    given: tuple[Given, ...] = ()
    conversation: Conversation | None = None
    called: tuple[str, ...] = ()
    truncated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    timing: Timing = Timing()
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    judges: dict[str, list[str]] = field(default_factory=dict)
    screened: dict[str, dict[str, float]] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    languages: dict[str, list[str]] = field(default_factory=dict)
    channels: dict[str, float] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    prompt_embedding: Vector | None = None
    response_embedding: Vector | None = None
    unscored: dict[str, str] = field(default_factory=dict)
