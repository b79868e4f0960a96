"""OpenAI's older text completions (https://platform.openai.com/docs/api-reference/completions)."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, DialectError, name_of
from monitor.exchange.protocols.openai_chat import DONE, Tokens


class _Body(msgspec.Struct):
    prompt: str | list[Any] | None = None
    model: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    user: Any = None


class _Choice(msgspec.Struct):
    index: int = 0
    text: str | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    model: str | None = None
    usage: Tokens | None = None
    error: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class OpenAICompletions:
    """`POST /v1/completions`. A prompt given as token ids cannot be read, and says so."""

    name = "openai_completions"
    paths: tuple[str, ...] = ("/v1/completions", "/openai/completions", "/engines/completions")

    def request(self, body: bytes) -> Asked:
        """One turn for each prompt."""
        asked = _decode_body(body)
        prompts = asked.prompt if isinstance(asked.prompt, list) else [asked.prompt or ""]
        if not all(isinstance(prompt, str) for prompt in prompts):
            raise DialectError("token_ids")
        request = Request(
            messages=[Message(role="user", content=prompt) for prompt in prompts],
            stream=bool(asked.stream),
            max_tokens=asked.max_tokens,
        )
        return Asked(asked.model or "", request, name_of(asked.user))

    def plain(self, body: bytes, answer: Answer) -> None:
        """One whole completion, of one or several choices."""
        self._read(body, answer)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """One chunk; `[DONE]` bears no content."""
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
            if choice.text:
                answer.text(choice.index, choice.text)
                content = True
            if choice.finish_reason:
                answer.finish(choice.index, choice.finish_reason)
        return content
