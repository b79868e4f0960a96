"""OpenAI responses (https://platform.openai.com/docs/api-reference/responses), as vLLM serves too."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.exchange.model import Content, Message, Request
from monitor.exchange.protocols.base import Asked, name_of
from monitor.exchange.protocols.content import content_of
from monitor.exchange.protocols.openai_output import Output


class _Item(msgspec.Struct):
    type: str = "message"
    role: str | None = None
    content: str | list[dict[str, Any] | str] | None = None
    output: str | list[dict[str, Any] | str] | dict[str, Any] | None = None
    call_id: Any = None
    name: Any = None
    results: Any = None


class _Template(msgspec.Struct):
    variables: dict[str, Any] | None = None


class _Body(msgspec.Struct):
    input: str | list[_Item | str] | None = None
    instructions: str | list[_Item | str] | None = None
    prompt: _Template | None = None
    model: str | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    user: Any = None
    safety_identifier: Any = None
    conversation: Any = None
    previous_response_id: Any = None


_decode_body = msgspec.json.Decoder(_Body).decode


class OpenAIResponses(Output):
    """`POST /v1/responses`."""

    name = "openai_responses"
    paths: tuple[str, ...] = ("/v1/responses", "/openai/responses")

    def request(self, body: bytes) -> Asked:
        """Instructions as a system turn, the values of a stored prompt, then the input."""
        asked = _decode_body(body)
        request = Request(
            messages=[
                *_turns(asked.instructions, "system"),
                *_variables(asked.prompt),
                *_turns(asked.input, "user"),
            ],
            stream=bool(asked.stream),
            max_tokens=asked.max_output_tokens,
        )
        user = name_of(asked.safety_identifier or asked.user)
        return Asked(asked.model or "", request, user, _conversation(asked))


def _turns(given: str | list[_Item | str] | None, role: str) -> list[Message]:
    if not given:
        return []
    if isinstance(given, str):
        return [Message(role=role, content=given)]
    calls = {
        name_of(item.call_id): name_of(item.name)
        for item in given
        if isinstance(item, _Item) and item.call_id and item.name
    }
    return [
        Message(role=role, content=item) if isinstance(item, str) else _turn(item, role, calls)
        for item in given
    ]


def _turn(item: _Item, role: str, calls: dict[str, str]) -> Message:
    """A message; what a tool gave back; or what the model did before, such as call one."""
    if item.type == "message":
        return Message(role=item.role or role, content=content_of(item.content))
    if item.output is not None:
        name = name_of(item.name) or calls.get(name_of(item.call_id), "")
        return Message(role="tool", content=_output(item), name=name)
    if isinstance(item.results, list):
        return Message(role="tool", content=content_of(_objects(item.results)), name=item.type)
    return Message(role="assistant")


def _objects(results: list[Any]) -> list[dict[str, Any] | str]:
    """What a search of the server's own found."""
    return [found for found in results if isinstance(found, dict | str)]


def _output(item: _Item) -> Content:
    return content_of([item.output] if isinstance(item.output, dict) else item.output)


def _variables(prompt: _Template | None) -> list[Message]:
    values = (prompt.variables if prompt is not None else None) or {}
    parts = [value for value in values.values() if isinstance(value, str | dict)]
    return [Message(role="user", content=content_of(parts))] if parts else []


def _conversation(asked: _Body) -> str:
    """Its id; without one, the answer that this continues."""
    found = asked.conversation
    ident = found.get("id") if isinstance(found, dict) else found
    return name_of(ident or asked.previous_response_id)
