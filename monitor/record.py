"""An exchange as it is kept in the store: redacted, with what every detector said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from detectors.conversation import Conversation, Given
from detectors.safety.recognisers import Find
from monitor.exchange.model import Exchange
from monitor.redaction import StoreText, redact

if TYPE_CHECKING:
    from detectors.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecord:
    """One stored exchange.

    `scores` and `findings` are by side; `judges` names the models that the scores are from, where
    there are other models than the built-in one; `languages` those of each text that was scored.
    `unscored` names the sides that nobody judged, and why;
    `redacted` the kinds of what was masked; `policy` the version that judged it. `given` has the scores
    of each text that tools and documents gave, without the text; `conversation` what the user's last
    turns were found to say together.
    """

    exchange: Exchange
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    judges: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    languages: dict[str, list[str]] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    conversation: Conversation | None = None
    redacted: list[str] = field(default_factory=list)
    policy: str = ""


def make_record(
    exchange: Exchange,
    x: Observation,
    *,
    mode: StoreText,
    policy: str,
    more: Find | None = None,
) -> ExchangeRecord:
    """The record of an exchange and its observation; what `more` finds is masked too."""
    redacted, kinds = redact(exchange, mode, more)
    return ExchangeRecord(
        exchange=redacted,
        scores=x.scores,
        judges=x.judges,
        findings=x.findings,
        languages=x.languages,
        unscored=x.unscored,
        categories=x.categories,
        given=[replace(each, text="") for each in x.given],
        conversation=x.conversation,
        redacted=kinds,
        policy=policy,
    )


def encode_record(record: ExchangeRecord) -> bytes:
    """As JSON."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> ExchangeRecord:
    """What `encode_record` wrote."""
    return _decoder.decode(data)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ExchangeRecord)
