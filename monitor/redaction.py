"""What of the texts may leave the journal: masked by the recognisers, or left out altogether."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

from msgspec.structs import replace

from detectors.safety.recognisers import Find, mask
from monitor.exchange.model import Exchange, Message

log = logging.getLogger(__name__)

StoreText = Literal["full", "redacted", "none"]
Edit = Callable[[str], str]

LEFT_OUT = "[not stored]"


def redact(
    exchange: Exchange, mode: StoreText, more: Find | None = None
) -> tuple[Exchange, list[str]]:
    """The exchange as it may be stored, and the kinds of what was taken out, sorted.

    What `more` finds is masked too. A text that it fails on is not stored at all.
    """
    if mode == "full":
        return exchange, []
    kinds: set[str] = set()

    def edit(text: str) -> str:
        if mode == "none":
            kinds.add("text")
            return LEFT_OUT if text else text
        try:
            masked, found = mask(text, more)
        except Exception:
            log.exception("a text could not be searched for personal data, and is not stored")
            kinds.add("text")
            return LEFT_OUT
        kinds.update(found)
        return masked

    edited = replace(
        exchange,
        request=replace(
            exchange.request, messages=[_message(m, edit) for m in exchange.request.messages]
        ),
        response=exchange.response
        and replace(
            exchange.response,
            text=_edited(exchange.response.text, edit),
            reasoning=edit(exchange.response.reasoning),
            tool_calls=_edited(exchange.response.tool_calls, edit),
        ),
    )
    return edited, sorted(kinds)


def _message(message: Message, edit: Edit) -> Message:
    return replace(message, content=_edited(message.content, edit))


def _edited(value: Any, edit: Edit) -> Any:
    """Every string inside parts and tool calls is a text that may hold anything."""
    if isinstance(value, str):
        return edit(value)
    if isinstance(value, list):
        return [_edited(item, edit) for item in value]
    if isinstance(value, dict):
        return {key: _edited(item, edit) for key, item in value.items()}
    return value
