"""OpenAI chat completions (https://platform.openai.com/docs/api-reference/chat)."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.model import TOOL_ROLES, Message, Request
from monitor.exchange.protocols.base import Asked, name_of
from monitor.exchange.protocols.calls import called
from monitor.exchange.protocols.content import content_of
from monitor.exchange.protocols.openai_choices import Choices


class Turn(msgspec.Struct):
    """One message of a request. A tool's result has the id of a call, a function's its name."""

    role: str = ""
    content: str | list[dict[str, Any] | str] | None = None
    name: Any = None
    tool_call_id: Any = None
    tool_calls: Any = None


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
            messages=_messages(asked.messages),
            stream=bool(asked.stream),
            max_tokens=asked.max_completion_tokens or asked.max_tokens,
        )
        return Asked(asked.model or "", request, name_of(asked.safety_identifier or asked.user))


def _messages(turns: list[Turn]) -> list[Message]:
    calls: dict[str, str] = {}
    found = []
    for turn in turns:
        if turn.tool_calls:
            calls |= called(turn.tool_calls)
        name = _tool(turn, calls) if turn.role in TOOL_ROLES else ""
        found.append(Message(role=turn.role, content=content_of(turn.content), name=name))
    return found


def _tool(turn: Turn, calls: dict[str, str]) -> str:
    """The name that a result gives, else that of the call it answers."""
    return name_of(turn.name) or calls.get(name_of(turn.tool_call_id), "")
