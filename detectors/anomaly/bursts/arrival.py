"""What of an exchange bursts are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from detectors.anomaly.bursts.prompts import Print, print_of

if TYPE_CHECKING:
    from detectors.observation import Observation

_UNSAFE = 0.5
_WITHHELD = frozenset({"content_filter", "refusal", "safety"})
_CLIENT_LEFT = "client_closed"


class Arrival(NamedTuple):
    """One exchange: its time, its tokens, and what it was; None where that cannot be told."""

    at: float
    tokens: float | None
    refused: bool | None
    failed: bool
    flagged: bool | None
    prompt: Print | None


def arrival(x: Observation) -> Arrival:
    """Take of an exchange what counts."""
    failed = x.status >= 400 or x.error not in {None, _CLIENT_LEFT}
    tokens = None
    if x.input_tokens is not None or x.output_tokens is not None:
        tokens = float((x.input_tokens or 0) + (x.output_tokens or 0))
    return Arrival(
        x.at,
        tokens,
        None if failed or x.response is None else _is_refusal(x),
        failed,
        _is_flagged(x),
        print_of(x.prompt, x.prompt_embedding),
    )


def _is_refusal(x: Observation) -> bool:
    return x.channels.get("response_refusal", 0.0) > 0.0 or x.finish_reason in _WITHHELD


def _is_flagged(x: Observation) -> bool | None:
    found = [side["unsafe"] for side in x.scores.values() if "unsafe" in side]
    return max(found) >= _UNSAFE if found else None
