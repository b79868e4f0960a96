"""Ollama's generate (https://docs.ollama.com/api/generate): one prompt, one completion."""

from __future__ import annotations

import msgspec

from monitor.exchange.model import Message, Request
from monitor.exchange.protocols.base import Asked
from monitor.exchange.protocols.ollama_chat import Options, with_images
from monitor.exchange.protocols.ollama_reply import OllamaReply


class _Body(msgspec.Struct):
    prompt: str | None = None
    suffix: str | None = None
    system: str | None = None
    template: str | None = None
    images: list[str] | None = None
    model: str | None = None
    stream: bool | None = None
    options: Options | None = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OllamaGenerate(OllamaReply):
    """`POST /api/generate`. The answer is a stream unless the request says otherwise.

    Earlier turns may come as token ids in `context`; they are not read.
    """

    name = "ollama_generate"
    paths: tuple[str, ...] = ("/api/generate",)

    def request(self, body: bytes) -> Asked:
        """What frames the prompt as system turns, then the prompt, with its images, as a user's."""
        asked = _decode_body(body)
        framing = [text for text in (asked.system, asked.template) if text]
        messages = [Message(role="system", content=text) for text in framing]
        if asked.prompt or asked.images:
            content = with_images(asked.prompt, asked.images)
            messages.append(Message(role="user", content=content))
        if asked.suffix:
            messages.append(Message(role="user", content=asked.suffix))
        request = Request(
            messages=messages,
            stream=asked.stream is not False,
            max_tokens=asked.options.max_tokens if asked.options is not None else None,
        )
        return Asked(asked.model or "", request)
