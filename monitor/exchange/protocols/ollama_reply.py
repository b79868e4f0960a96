"""The answers of Ollama's chat and generate: one object, or one a line until one says `done`."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.protocols.base import encode


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: Any = None


class _ToolCall(msgspec.Struct):
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Line(msgspec.Struct):
    model: str | None = None
    message: _Said | None = None
    response: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    error: Any = None


# A request without a prompt loads a model, or lets go of it.
_NO_ANSWER = frozenset({"load", "unload"})

_decode_lines = msgspec.json.Decoder(_Line).decode_lines
_decode_line = msgspec.json.Decoder(_Line).decode


class OllamaReply:
    """The answering half of both dialects."""

    vectors = False

    def plain(self, body: bytes, answer: Answer) -> None:
        """One whole answer; or a stream whose content type does not say that it is one."""
        for line in _decode_lines(body):
            _take(line, answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One line; the last bears the counts, and may bear content too."""
        return _take(_decode_line(data), answer)


def _take(line: _Line, answer: Answer) -> bool:
    if line.model:
        answer.model = line.model
    if line.error is not None:
        answer.error = True
    if line.done_reason:
        answer.finish(0, line.done_reason)
        answer.textless = line.done_reason in _NO_ANSWER
    answer.count_tokens(given=line.prompt_eval_count, generated=line.eval_count)
    said = line.message or _Said(line.response, line.thinking, line.tool_calls)
    return _take_said(said, answer)


def _take_said(said: _Said, answer: Answer) -> bool:
    if said.content:
        answer.text(0, said.content)
    if said.thinking:
        answer.reasoning(0, said.thinking)
    for call in said.tool_calls or ():
        function = call.function or _Function()
        given = function.arguments
        answer.whole_tool_call(
            0,
            name=function.name or "",
            arguments=given if isinstance(given, str) else encode(given or {}).decode(),
            ident=call.id or "",
        )
    return bool(said.content or said.thinking or said.tool_calls)
