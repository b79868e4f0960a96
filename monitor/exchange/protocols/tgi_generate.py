"""Text Generation Inference's own two paths (https://huggingface.co/docs/text-generation-inference).

Its chat completions are OpenAI's.
"""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Content, Message, Request
from monitor.exchange.protocols.base import Asked
from monitor.exchange.protocols.content import note


class _Parameters(msgspec.Struct):
    max_new_tokens: int | None = None


class _Body(msgspec.Struct):
    inputs: str
    parameters: _Parameters | None = None


class _Token(msgspec.Struct):
    text: str = ""
    special: bool = False


class _Sequence(msgspec.Struct):
    generated_text: str | None = None
    finish_reason: str | None = None
    generated_tokens: int | None = None


class _Details(_Sequence):
    input_length: int | None = None
    prefill: list[Any] | None = None
    best_of_sequences: list[_Sequence] | None = None


class _Reply(msgspec.Struct):
    token: _Token | None = None
    generated_text: str | None = None
    details: _Details | None = None
    error: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_reply = msgspec.json.Decoder(_Reply | list[_Reply]).decode
_decode_event = msgspec.json.Decoder(_Reply).decode


class TGIGenerate:
    """`POST /generate`: one answer, or the best of several with the others."""

    name = "tgi_generate"
    paths: tuple[str, ...] = ("/generate",)
    vectors = False
    streams = False

    def request(self, body: bytes) -> Asked:
        """One prompt. A server has one model, which no request names."""
        asked = _decode_body(body)
        request = Request(
            messages=[Message(role="user", content=_content(asked.inputs))],
            stream=self.streams,
            max_tokens=asked.parameters.max_new_tokens if asked.parameters is not None else None,
        )
        return Asked("", request)

    def plain(self, body: bytes, answer: Answer) -> None:
        """One reply, or a list of one."""
        replies = _decode_reply(body)
        for choice, reply in enumerate(replies if isinstance(replies, list) else [replies]):
            _take_reply(choice, reply, answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One token; the last event has the whole text too. Special tokens are not in the text."""
        event = _decode_event(data)
        if event.error is not None:
            answer.error = True
        _take_details(0, event.details, answer)
        token = event.token
        if token is None or token.special or not token.text:
            return False
        answer.text(0, token.text)
        return True


class TGIGenerateStream(TGIGenerate):
    """`POST /generate_stream`."""

    name = "tgi_generate_stream"
    paths: tuple[str, ...] = ("/generate_stream",)
    streams = True


def _take_reply(choice: int, reply: _Reply, answer: Answer) -> None:
    if reply.error is not None:
        answer.error = True
    if reply.generated_text:
        answer.text(choice, reply.generated_text)
    _take_details(choice, reply.details, answer)


def _take_details(choice: int, details: _Details | None, answer: Answer) -> None:
    if details is None:
        return
    if details.finish_reason:
        answer.finish(choice, details.finish_reason)
    given = details.input_length or (len(details.prefill) if details.prefill else None)
    others = details.best_of_sequences or []
    counts = [found.generated_tokens for found in (details, *others)]
    generated = None if None in counts else sum(filter(None, counts))
    answer.count_tokens(given=given, generated=generated)
    for place, other in enumerate(others, start=choice + 1):
        answer.text(place, other.generated_text or "")


def _content(inputs: str) -> Content:
    """A prompt is text in which images may stand, as Markdown writes them."""
    first, *others = inputs.split("![](")
    if not others:
        return inputs
    parts: list[dict[str, Any]] = [{"type": "text", "text": first}] if first else []
    for other in others:
        address, closed, text = other.partition(")")
        if not closed:
            parts.append({"type": "text", "text": "![](" + other})
            continue
        parts.append(note("image", address))
        if text:
            parts.append({"type": "text", "text": text})
    return parts
