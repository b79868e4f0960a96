"""OpenAI embeddings (https://platform.openai.com/docs/api-reference/embeddings): the input only."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked, name_of, prompts_of

_MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]{1,256})"')
_TOKENS = re.compile(rb'"prompt_tokens"\s*:\s*(\d{1,12})')


class _Body(msgspec.Struct):
    input: str | list[Any]
    model: str | None = None
    user: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OpenAIEmbeddings:
    """`POST /v1/embeddings`. An input given as token ids cannot be read, and says so."""

    name = "openai_embeddings"
    paths: tuple[str, ...] = ("/embeddings",)
    vectors = True

    def request(self, body: bytes) -> Asked:
        """One turn for each text."""
        asked = _decode_body(body)
        texts = prompts_of(asked.input)
        request = Request(messages=[Message(role="user", content=text) for text in texts])
        return Asked(asked.model or "", request, name_of(asked.user))

    def plain(self, body: bytes, answer: Answer) -> None:
        """What is said of the vectors; they are numbers, so nothing in them looks like it."""
        answer.textless = True
        if model := _MODEL.search(body):
            answer.model = model[1].decode(errors="replace")
        if tokens := _TOKENS.search(body):
            answer.count_tokens(given=int(tokens[1]), generated=None)

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """Vectors are not streamed."""
        return False
