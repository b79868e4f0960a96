"""Exchanges without what must not be sent on, whatever the policy let be stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from monitor.exchange.model import Exchange
from monitor.incidents.bundle import Bundle
from monitor.record import ExchangeRecord
from monitor.redaction import redact

Texts = Literal["redacted", "none", "as-stored"]

_MODES = {"redacted": "redacted", "none": "none", "as-stored": "full"}


@dataclass(frozen=True, slots=True)
class Cleared:
    """A bundle and records that may be sent on, and the kinds of what was taken out of them."""

    bundle: Bundle | None
    records: list[ExchangeRecord]
    redacted: list[str]


def clear(bundle: Bundle | None, records: Iterable[ExchangeRecord], texts: Texts) -> Cleared:
    """Mask the texts of every exchange again, or leave them out."""
    own = None if bundle is None else _bundle(bundle, texts)
    cleared = [_record(record, texts) for record in records]
    kinds = {kind for record in cleared for kind in record.redacted}
    return Cleared(own, cleared, sorted(kinds.union(own.redacted if own else ())))


def _bundle(bundle: Bundle, texts: Texts) -> Bundle:
    found = set(bundle.redacted)

    def cleared(plain: dict[str, Any]) -> dict[str, Any]:
        edited, kinds = _redact(msgspec.convert(plain, Exchange), texts)
        found.update(kinds)
        told: dict[str, Any] = msgspec.to_builtins(edited)
        return told

    exchange = None if bundle.exchange is None else cleared(bundle.exchange)
    conversation = list(map(cleared, bundle.conversation))
    return replace(bundle, exchange=exchange, conversation=conversation, redacted=sorted(found))


def _record(record: ExchangeRecord, texts: Texts) -> ExchangeRecord:
    edited, kinds = _redact(record.exchange, texts)
    return replace(record, exchange=edited, redacted=sorted({*record.redacted, *kinds}))


def _redact(exchange: Exchange, texts: Texts) -> tuple[Exchange, list[str]]:
    return redact(exchange, _MODES[texts])  # type: ignore[arg-type]  # the table's values are modes
