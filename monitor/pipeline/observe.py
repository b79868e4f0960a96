"""From the exchange as recorded to the observation that detectors read."""

from __future__ import annotations

from detectors.observation import Observation, Timing
from monitor.exchange.model import Exchange
from monitor.exchange.turns import Turns, turns
from monitor.pipeline.given import apart

ABSENT = "absent"
BLANK = "blank"
WORDLESS = "no_words"
UNPARSED = "unparsed"
FAILED = "failed"
LANGUAGE = "language"
"""Why a side was not scored. Only `absent` is no loss.

`language`: it was scored, found harmless, and is in a language that nobody who judged is trusted
with, so the scores say little.
"""


def observe(exchange: Exchange, asked: Turns | None = None) -> Observation:
    """The observation before any scoring. Its time is the end of the exchange.

    `asked` is its request taken apart, where the caller has done that already.
    """
    asked = asked or turns(exchange.request.messages)
    timing = exchange.timing
    response = exchange.response
    return Observation(
        id=exchange.id,
        at=exchange.ts + (timing.duration or 0.0),
        model=exchange.model,
        route=exchange.route,
        tenant=exchange.tenant,
        upstream=exchange.upstream,
        user=exchange.user or exchange.key,
        state=exchange.state,
        stream=exchange.request.stream,
        status=response.status if response else 0,
        error=exchange.error,
        finish_reason=response.finish_reason if response else None,
        system=exchange.system,
        prompt=asked.prompt,
        response=exchange.answer,
        given=apart(asked.given),
        called=tuple(str(call.get("name", "")) for call in response.tool_calls) if response else (),
        truncated=bool(exchange.truncated),
        input_tokens=exchange.usage.input_tokens,
        output_tokens=exchange.usage.output_tokens,
        timing=Timing(
            ttft=timing.ttft,
            duration=timing.duration,
            max_gap=timing.max_gap,
            idle=timing.idle,
            gap_p99=timing.gap_p99,
            connect=timing.connect,
            own=timing.own,
        ),
        unscored=_unscored(exchange, asked.prompt),
    )


def _unscored(exchange: Exchange, prompt: str | None) -> dict[str, str]:
    reasons = {}
    for side, text in (("prompt", prompt), ("response", exchange.answer)):
        if exchange.unparsed and not text:
            reasons[side] = UNPARSED
        elif text is None:
            reasons[side] = ABSENT
        elif not text.strip():
            reasons[side] = BLANK
    return reasons
