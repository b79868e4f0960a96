"""The answers of OpenAI's responses, plain and streamed: a list of items, and events about them."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.protocols.base import encode
from monitor.exchange.protocols.openai_choices import DONE


class _Text(msgspec.Struct):
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Text] | None = None
    summary: list[_Text] | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Any = None
    input: Any = None


class _Tokens(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Details(msgspec.Struct):
    reason: str | None = None


class _Reply(msgspec.Struct):
    output: list[_Item] | None = None
    model: str | None = None
    status: str | None = None
    incomplete_details: _Details | None = None
    usage: _Tokens | None = None
    error: Any = None


class _Event(msgspec.Struct):
    type: str = ""
    output_index: int | None = None
    item_id: str | None = None
    delta: Any = None
    item: _Item | None = None
    response: _Reply | None = None


_decode_reply = msgspec.json.Decoder(_Reply).decode
_decode_event = msgspec.json.Decoder(_Event).decode

_TEXT = frozenset(
    {
        *("response.output_text.delta", "response.refusal.delta"),
        "response.audio.transcript.delta",
    }
)
_REASONING = frozenset(
    {
        *("response.reasoning_text.delta", "response.reasoning_summary_text.delta"),
        *("response.reasoning.delta", "response.reasoning_summary.delta"),
    }
)
_ARGUMENTS = frozenset(
    {
        *("response.function_call_arguments.delta", "response.mcp_call_arguments.delta"),
        "response.custom_tool_call_input.delta",
    }
)
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})


class Output:
    """The answering half of the dialect. An item's place in the output is its choice."""

    vectors = False

    def plain(self, body: bytes, answer: Answer) -> None:
        """One whole response."""
        reply = _decode_reply(body)
        _take_items(reply.output, answer)
        _take_end(reply, answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One event; its kind stands in its data too."""
        if data == DONE:
            return False
        event = _decode_event(data)
        kind = event.type or name.decode(errors="replace")
        if isinstance(event.delta, str):
            return _take_delta(kind, _place(event, answer), event.delta, answer)
        if kind == "response.output_item.added" and event.item is not None:
            return _take_call(_place(event, answer), event.item, answer)
        if kind in _ENDS and event.response is not None:
            return _take_whole(event.response, answer)
        if kind == "error":
            answer.error = True
        elif event.response is not None:
            answer.model = event.response.model or answer.model
        return False


def _place(event: _Event, answer: Answer) -> int:
    """The place of an event's item; llama.cpp gives ids only."""
    if event.output_index is not None:
        return event.output_index
    item = event.item or _Item()
    return answer.place_of(event.item_id or item.id or item.call_id or "")


def _take_delta(kind: str, index: int, delta: str, answer: Answer) -> bool:
    if not delta:
        return False
    if kind in _TEXT:
        answer.text(index, delta)
    elif kind in _REASONING:
        answer.reasoning(index, delta)
    elif kind in _ARGUMENTS:
        answer.tool_call(0, index, arguments=delta)
    else:
        return False
    return True


def _take_whole(reply: _Reply, answer: Answer) -> bool:
    """The end of a stream repeats the whole output: read it if no piece of it came before."""
    _take_end(reply, answer)
    return not answer.chunks and _take_items(reply.output, answer)


def _take_items(items: list[_Item] | None, answer: Answer) -> bool:
    content = False
    for index, item in enumerate(items or ()):
        content |= _take_texts(index, item, answer)
        if _take_call(index, item, answer):
            answer.tool_call(0, index, arguments=_given(item.arguments or item.input))
            content = True
    return content


def _given(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else encode(arguments or {}).decode()


def _take_texts(index: int, item: _Item, answer: Answer) -> bool:
    keep = answer.reasoning if item.type == "reasoning" else answer.text
    texts = [part.text or part.refusal for part in (*(item.summary or ()), *(item.content or ()))]
    for text in filter(None, texts):
        keep(index, text)
    return any(texts)


def _take_call(index: int, item: _Item, answer: Answer) -> bool:
    if item.name is None:
        return False
    answer.tool_call(0, index, ident=item.call_id or item.id or "", name=item.name)
    return True


def _take_end(reply: _Reply, answer: Answer) -> None:
    answer.model = reply.model or answer.model
    answer.error = answer.error or reply.error is not None or reply.status == "failed"
    cut = reply.incomplete_details.reason if reply.incomplete_details is not None else None
    if reason := cut or reply.status:
        answer.finish(0, reason)
    if reply.usage is not None:
        answer.count_tokens(given=reply.usage.input_tokens, generated=reply.usage.output_tokens)
