"""Exchanges of the conversation that an incident's exchange is from: what was said before and after."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.exchange.model import Exchange, Message, Request
from monitor.record import decode_record
from monitor.surroundings.turns import conversation_of

if TYPE_CHECKING:
    from monitor.store.base import Store

_BEFORE, _AFTER = 5, 5


async def same_conversation(store: Store, exchange: Exchange) -> list[dict[str, Any]]:
    """Up to five exchanges before and five after, oldest first, each with what was asked then alone.

    They are redacted as the store has them, and there while it keeps them. Without a conversation
    there are none.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    conversation = conversation_of(exchange)
    if not conversation:
        return []
    earlier, later = await store.turns(
        conversation, at=exchange.ts, before=_BEFORE + 1, after=_AFTER
    )
    before = [name for name in earlier if name != exchange.id][-_BEFORE:]
    records = await asyncio.gather(*map(store.get_exchange, [*before, *later]))
    found = (decode_record(data).exchange for data in records if data is not None)
    plain: list[dict[str, Any]] = [msgspec.to_builtins(_alone(each)) for each in found]
    return plain


def _alone(exchange: Exchange) -> Exchange:
    """Without the turns of before, which are exchanges of their own."""
    asked = exchange.prompt
    messages = [] if asked is None else [Message(role="user", content=asked)]
    return msgspec.structs.replace(exchange, request=Request(messages=messages))
