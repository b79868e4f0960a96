"""OpenAI chat completions (https://platform.openai.com/docs/api-reference/chat)."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, name_of
from monitor.exchange.protocols.content import content_of
from monitor.exchange.protocols.openai_choices import Choices


class Turn(msgspec.Struct):
    """One message of a request."""

    role: str = ""
    content: str | list[dict[str, Any] | str] | None = None


class _Body(msgspec.Struct):
    messages: list[Turn]
    model: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    user: Any = None
    safety_identifier: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OpenAIChat(Choices):
    """`POST /v1/chat/completions`."""

    name = "openai_chat"
    paths: tuple[str, ...] = ("/chat/completions",)

    def request(self, body: bytes) -> Asked:
        """Messages with their roles."""
        asked = _decode_body(body)
        request = Request(
            messages=[Message(role=t.role, content=content_of(t.content)) for t in asked.messages],
            stream=bool(asked.stream),
            max_tokens=asked.max_completion_tokens or asked.max_tokens,
        )
        return Asked(asked.model or "", request, name_of(asked.safety_identifier or asked.user))
