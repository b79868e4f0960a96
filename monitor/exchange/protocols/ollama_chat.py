"""Ollama's own chat (https://docs.ollama.com/api/chat)."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.model import TOOL_ROLES, Content, Message, Request
from monitor.exchange.protocols.base import Asked, name_of
from monitor.exchange.protocols.content import note
from monitor.exchange.protocols.ollama_reply import OllamaReply


class Options(msgspec.Struct):
    """Parameters of a model."""

    num_predict: Any = None

    @property
    def max_tokens(self) -> int | None:
        """The longest answer in tokens; None for no bound, which Ollama writes as -1 or -2."""
        bound = self.num_predict
        return bound if isinstance(bound, int) and bound >= 0 else None


class _Turn(msgspec.Struct):
    role: str = ""
    content: str | None = None
    images: list[str] | None = None
    tool_name: Any = None
    name: Any = None


class _Body(msgspec.Struct):
    messages: list[_Turn] | None = None
    model: str | None = None
    stream: bool | None = None
    options: Options | None = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OllamaChat(OllamaReply):
    """`POST /api/chat`. The answer is a stream unless the request says otherwise."""

    name = "ollama_chat"
    paths: tuple[str, ...] = ("/api/chat",)

    def request(self, body: bytes) -> Asked:
        """Messages with their roles; none is a request to load the model."""
        asked = _decode_body(body)
        request = Request(
            messages=[
                Message(
                    role=turn.role,
                    content=with_images(turn.content, turn.images),
                    name=name_of(turn.tool_name or turn.name) if turn.role in TOOL_ROLES else "",
                )
                for turn in asked.messages or ()
            ],
            stream=asked.stream is not False,
            max_tokens=asked.options.max_tokens if asked.options is not None else None,
        )
        return Asked(asked.model or "", request)


def with_images(text: str | None, images: list[str] | None) -> Content:
    """Content of text and images, which are noted."""
    if not images:
        return text
    return [{"type": "text", "text": text or ""}, *(note("image", image) for image in images)]
