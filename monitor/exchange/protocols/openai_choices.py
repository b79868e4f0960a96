"""What the answers of OpenAI's chat and text completions have in common, plain and streamed.

Also what vLLM, llama.cpp, TGI, Ollama and others serve at the same paths, with their additions:
reasoning text, usage on any chunk, errors inside a stream, streams without `[DONE]`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.protocols.base import encode

DONE = b"[DONE]"


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Audio(msgspec.Struct):
    transcript: str | None = None


class _Said(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    audio: _Audio | None = None
    tool_calls: list[_ToolCall] | None = None
    function_call: _Function | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    text: str | None = None
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


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class Choices:
    """The answering half of both dialects."""

    vectors = False

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
            content |= _take(choice, answer)
            if choice.finish_reason:
                answer.finish(choice.index, choice.finish_reason)
        return content


def _take(choice: _Choice, answer: Answer) -> bool:
    if choice.text:
        answer.text(choice.index, choice.text)
        return True
    said = choice.delta or choice.message
    return said is not None and _take_said(choice.index, said, answer)


def _take_said(choice: int, said: _Said, answer: Answer) -> bool:
    content = False
    if said.content:
        text = said.content
        answer.text(choice, text if isinstance(text, str) else _joined(text))
        content = True
    if thought := said.reasoning_content or said.reasoning:
        answer.reasoning(choice, thought)
        content = True
    if other := said.refusal or (said.audio and said.audio.transcript):
        answer.text(choice, other)
        content = True
    for place, call in enumerate(said.tool_calls or ()):
        index = place if call.index is None else call.index
        _take_call(choice, index, call.id, call.function or _Function(), answer)
        content = True
    if said.function_call is not None:
        _take_call(choice, 0, None, said.function_call, answer)
        content = True
    return content


def _take_call(
    choice: int, index: int, ident: str | None, function: _Function, answer: Answer
) -> None:
    arguments = function.arguments
    answer.tool_call(
        choice,
        index,
        ident=ident or "",
        name=function.name or "",
        arguments=encode(arguments).decode() if isinstance(arguments, dict) else arguments or "",
    )


def _joined(parts: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
