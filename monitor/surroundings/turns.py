"""Which exchanges belong to one conversation: ids by time, so that what was said around one is found."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from monitor.exchange.model import Exchange

KEPT = 200
"""Turns that are kept of one conversation, the latest."""


class Turn(NamedTuple):
    """One exchange of a conversation; `at` is in seconds since the epoch."""

    conversation: str
    at: float
    exchange_id: str


def conversation_of(exchange: Exchange) -> str:
    """Tells a tenant's conversation from any other, without its name; "" for one of no conversation."""
    if not exchange.conversation:
        return ""
    told = msgspec.json.encode([exchange.tenant, exchange.conversation])
    return hashlib.sha256(told).hexdigest()[:32]


def turn_of(exchange: Exchange) -> Turn | None:
    """The exchange as a turn of its conversation, if it has one."""
    conversation = conversation_of(exchange)
    return Turn(conversation, exchange.ts, exchange.id) if conversation else None
