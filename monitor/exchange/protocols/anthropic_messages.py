"""Anthropic messages (https://docs.anthropic.com/en/api/messages), as vLLM and llama.cpp serve too."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, encode, name_of
from monitor.exchange.protocols.content import content_of
from monitor.exchange.protocols.openai_chat import Turn


class _Body(msgspec.Struct):
    messages: list[Turn]
    model: str | None = None
    system: str | list[dict[str, Any] | str] | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    metadata: Any = None


class _Tokens(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None

    @property
    def given(self) -> int | None:
        """All tokens of the prompt: those read from and written to a cache are counted apart."""
        if self.input_tokens is None:
            return None
        cached = (self.cache_creation_input_tokens or 0) + (self.cache_read_input_tokens or 0)
        return self.input_tokens + cached


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Reply(msgspec.Struct):
    content: list[_Block] | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: _Tokens | None = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: _Reply | None = None
    content_block: _Block | None = None
    delta: _Block | None = None
    usage: _Tokens | None = None


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_reply = msgspec.json.Decoder(_Reply).decode
_decode_event = msgspec.json.Decoder(_Event).decode


class AnthropicMessages:
    """`POST /v1/messages`."""

    name = "anthropic_messages"
    paths: tuple[str, ...] = ("/v1/messages",)
    vectors = False

    def request(self, body: bytes) -> Asked:
        """Messages, the system prompt before them."""
        asked = _decode_body(body)
        messages = [Message(role=t.role, content=content_of(t.content)) for t in asked.messages]
        if asked.system:
            messages.insert(0, Message(role="system", content=content_of(asked.system)))
        request = Request(messages=messages, stream=bool(asked.stream), max_tokens=asked.max_tokens)
        user = asked.metadata.get("user_id") if isinstance(asked.metadata, dict) else None
        return Asked(asked.model or "", request, name_of(user))

    def plain(self, body: bytes, answer: Answer) -> None:
        """One whole message."""
        _take_reply(_decode_reply(body), answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One event; its kind stands in its data too."""
        event = _decode_event(data)
        kind = event.type
        if kind == "content_block_delta" and event.delta is not None:
            return _take_block(event.index, event.delta, answer)
        if kind == "content_block_start" and event.content_block is not None:
            return _take_block(event.index, event.content_block, answer, streamed=True)
        if kind == "message_start" and event.message is not None:
            _take_reply(event.message, answer)
        elif kind == "message_delta":
            _take_end(event, answer)
        elif kind == "error" or name == b"error":
            answer.error = True
        return False


def _take_reply(reply: _Reply, answer: Answer) -> None:
    answer.model = reply.model or answer.model
    for index, block in enumerate(reply.content or ()):
        _take_block(index, block, answer)
    if reply.stop_reason:
        answer.finish(0, reply.stop_reason)
    _count(reply.usage, answer)


def _take_end(event: _Event, answer: Answer) -> None:
    if event.delta is not None and event.delta.stop_reason:
        answer.finish(0, event.delta.stop_reason)
    _count(event.usage, answer)


def _count(usage: _Tokens | None, answer: Answer) -> None:
    if usage is not None:
        answer.count_tokens(given=usage.given, generated=usage.output_tokens)


def _take_block(index: int, block: _Block, answer: Answer, *, streamed: bool = False) -> bool:
    """Read a content block, whole or a piece; in a stream a tool's input follows in pieces."""
    if block.text:
        answer.text(0, block.text)
        return True
    if block.thinking:
        answer.reasoning(0, block.thinking)
        return True
    if block.name is not None:
        given = "" if streamed or block.input is None else encode(block.input).decode()
        answer.tool_call(0, index, ident=block.id or "", name=block.name, arguments=given)
        return True
    if block.partial_json:
        answer.tool_call(0, index, arguments=block.partial_json)
        return True
    return False
