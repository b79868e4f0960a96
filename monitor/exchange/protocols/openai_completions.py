"""OpenAI's older text completions (https://platform.openai.com/docs/api-reference/completions)."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, name_of, prompts_of
from monitor.exchange.protocols.openai_choices import Choices


class _Body(msgspec.Struct):
    prompt: str | list[Any] | None = None
    suffix: str | None = None
    model: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    user: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OpenAICompletions(Choices):
    """`POST /v1/completions`. A prompt given as token ids cannot be read, and says so."""

    name = "openai_completions"
    paths: tuple[str, ...] = ("/v1/completions", "/openai/completions", "/engines/completions")

    def request(self, body: bytes) -> Asked:
        """One turn for each prompt, and one for the text that is to follow the answer."""
        asked = _decode_body(body)
        texts = [*prompts_of(asked.prompt), *([asked.suffix] if asked.suffix else ())]
        request = Request(
            messages=[Message(role="user", content=text) for text in texts],
            stream=bool(asked.stream),
            max_tokens=asked.max_tokens,
        )
        return Asked(asked.model or "", request, name_of(asked.user))
