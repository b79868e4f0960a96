"""Exchanges of the conversation that an incident's exchange is from: what was said before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from monitor.exchange.model import Exchange, Message, Request
from monitor.record import decode_record

if TYPE_CHECKING:
    from monitor.store.base import Store

REACH = 1_800.0
"""Seconds before and after the exchange that are looked through."""
_STEPS = (10.0, 60.0, 300.0, REACH)
_READ = 1_000
"""Exchanges that are read at the most in one step: on a busy service they do not reach as far."""
_BEFORE, _AFTER = 5, 5


async def same_conversation(store: Store, exchange: Exchange) -> list[dict[str, Any]]:
    """Up to five exchanges before and five after, oldest first, each with what was asked then alone.

    They are redacted as the store has them. Without a conversation there are none.
    """
    if not exchange.conversation:
        return []
    before = (await _near(store, exchange, -1.0))[-_BEFORE:]
    after = (await _near(store, exchange, 1.0))[:_AFTER]
    plain: list[dict[str, Any]] = [msgspec.to_builtins(_alone(each)) for each in [*before, *after]]
    return plain


async def _near(store: Store, exchange: Exchange, direction: float) -> list[Exchange]:
    """Those on one side: the reach is widened until there are enough, or too many would be read."""
    found: list[Exchange] = []
    for step in _STEPS:
        ends = sorted((exchange.ts, exchange.ts + direction * step))
        records = await store.exchanges(since=ends[0], until=ends[1], limit=_READ)
        full = len(records) >= _READ
        if full and direction < 0:
            break  # these are the farthest away, not the nearest
        found = _of_conversation(records, exchange)
        if full or len(found) >= max(_BEFORE, _AFTER):
            break
    return found


def _of_conversation(records: list[bytes], exchange: Exchange) -> list[Exchange]:
    # Looking for the text first spares decoding nearly all of them.
    wanted = msgspec.json.encode(exchange.conversation)
    near = (decode_record(data).exchange for data in records if wanted in data)
    return [each for each in near if _is_of(each, exchange)]


def _is_of(other: Exchange, exchange: Exchange) -> bool:
    same = (other.conversation, other.tenant) == (exchange.conversation, exchange.tenant)
    return same and other.id != exchange.id


def _alone(exchange: Exchange) -> Exchange:
    """Without the turns of before, which are exchanges of their own."""
    asked = exchange.prompt
    messages = [] if asked is None else [Message(role="user", content=asked)]
    return msgspec.structs.replace(exchange, request=Request(messages=messages))
