"""OpenAI chat completions (https://platform.openai.com/docs/api-reference/chat).

Also what vLLM, llama.cpp, TGI, Ollama and others serve at the same path, with their additions:
reasoning text, usage on any chunk, errors inside a stream, streams without `[DONE]`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, content_of, name_of

DONE = b"[DONE]"


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


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class Tokens(msgspec.Struct):
    """Usage, in OpenAI's names."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    model: str | None = None
    usage: Tokens | None = None
    error: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_chunk = msgspec.json.Decoder(_Chunk).decode
_encode = msgspec.json.Encoder().encode


class OpenAIChat:
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

    def plain(self, body: bytes, answer: Answer) -> None:
        """One whole completion, of one or several choices."""
        self._read(body, answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One chunk; `[DONE]` and chunks of usage alone bear no content."""
        if data == DONE:
            return False
        if name == b"error":
            answer.error = True
        return self._read(data, answer)

    def _read(self, data: bytes, answer: Answer) -> bool:
        chunk = _decode_chunk(data)
        if chunk.model:
            answer.model = chunk.model
        if chunk.error is not None:
            answer.error = True
        if chunk.usage is not None:
            usage = chunk.usage
            answer.count_tokens(given=usage.prompt_tokens, generated=usage.completion_tokens)
        content = False
        for choice in chunk.choices or ():
            said = choice.delta or choice.message
            if said is not None and _take(choice.index, said, answer):
                content = True
            if choice.finish_reason:
                answer.finish(choice.index, choice.finish_reason)
        return content


def _take(choice: int, said: _Said, answer: Answer) -> bool:
    content = False
    text = said.content
    if text:
        answer.text(choice, text if isinstance(text, str) else _joined(text))
        content = True
    if thought := said.reasoning_content or said.reasoning:
        answer.reasoning(choice, thought)
        content = True
    if said.refusal:
        answer.text(choice, said.refusal)
        content = True
    for place, call in enumerate(said.tool_calls or ()):
        _take_call(choice, place, call, answer)
        content = True
    return content


def _take_call(choice: int, place: int, call: _ToolCall, answer: Answer) -> None:
    function = call.function or _Function()
    arguments = function.arguments
    answer.tool_call(
        choice,
        place if call.index is None else call.index,
        ident=call.id or "",
        name=function.name or "",
        arguments=_encode(arguments).decode() if isinstance(arguments, dict) else arguments or "",
    )


def _joined(parts: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
