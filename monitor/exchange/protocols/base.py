"""What a dialect does: reads requests and answers of one wire format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from monitor.exchange.answer import Answer
from monitor.exchange.model import Content, Request

KEPT_STRINGS = 256
KEPT_NAMES = 128


class DialectError(ValueError):
    """A body cannot be read although its JSON is sound: its prompt is token ids, for instance."""

    def __init__(self, reason: Literal["token_ids", "shape"]) -> None:
        super().__init__(reason)
        self.reason: Literal["token_ids", "shape"] = reason


class Asked(NamedTuple):
    """A request, and what it names: the model, the user, the conversation."""

    model: str
    request: Request
    user: str = ""
    conversation: str = ""


class Dialect(Protocol):
    """One wire format. Its methods raise `DialectError` or msgspec's errors, nothing else."""

    name: str
    paths: tuple[str, ...]

    def request(self, body: bytes) -> Asked:
        """What was asked in a whole body."""
        ...

    def plain(self, body: bytes, answer: Answer) -> None:
        """Read an answer that came in one piece."""
        ...

    def event(self, name: bytes, data: bytes, answer: Answer) -> bool:
        """Read one event of a streamed answer; whether it bore content."""
        ...


def name_of(value: object) -> str:
    """A name a client gives itself, cut at `KEPT_NAMES` characters; "" for what is no name."""
    return str(value)[:KEPT_NAMES] if isinstance(value, str | int) else ""


def content_of(content: str | Sequence[Mapping[str, Any] | str] | None) -> Content:
    """Content as it is kept: text whole; images, audio and files as a note without their data."""
    if content is None or isinstance(content, str):
        return content
    return [_part(part) for part in content]


def _part(part: Mapping[str, Any] | str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kept = {key: value for key, value in part.items() if _is_small(value)}
    if isinstance(text := part.get("text"), str) or isinstance(
        text := _nested_text(part.get("content")), str
    ):
        kept["text"] = text
    return kept


def _is_small(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= KEPT_STRINGS
    return isinstance(value, int | float)


def _nested_text(content: object) -> str | None:
    """The text of a part that holds content itself, such as a tool's result."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))
