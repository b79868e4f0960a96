"""What a dialect does: reads requests and answers of one wire format."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import msgspec

from monitor.exchange.answer import Answer
from monitor.exchange.model import Request

KEPT_NAMES = 128

encode = msgspec.json.Encoder().encode


class DialectError(ValueError):
    """A body cannot be read although its JSON is sound: its prompt is token ids, for instance."""

    def __init__(self, reason: Literal["token_ids", "shape"]) -> None:
        super().__init__(reason)
        self.reason: Literal["token_ids", "shape"] = reason


class Asked(NamedTuple):
    """A request, and what it names: the model, who asks, the conversation."""

    model: str
    request: Request
    user: str = ""
    conversation: str = ""
    tenant: str = ""


class Dialect(Protocol):
    """One wire format. Its methods raise `DialectError` or msgspec's errors, nothing else.

    `paths` are how the paths end at which it is spoken. `vectors` says that an answer holds no
    text: only its beginning and its end are kept for `plain`.
    """

    name: str
    paths: tuple[str, ...]
    vectors: bool

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


def prompts_of(prompt: object) -> list[str]:
    """The texts of a prompt that may be one or a list of them.

    Raises
    ------
    DialectError
        It is token ids, or lists of them.
    """
    prompts = prompt if isinstance(prompt, list) else [prompt or ""]
    texts = [text for text in prompts if isinstance(text, str)]
    if len(texts) < len(prompts):
        raise DialectError("token_ids")
    return texts
