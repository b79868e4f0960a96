"""What of a request the user says, what tools and documents give, and what was said before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from monitor.exchange.marks import unmarked
from monitor.exchange.model import TOOL_ROLES, Message
from monitor.exchange.protocols.content import text_of

_FRAMING = frozenset({"system", "developer"})
_DOCUMENTS = frozenset({"document", "search_result"})
_TOOL_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")


class GivenText(NamedTuple):
    """A text that is not the user's own words.

    `source` names the tool, or the document by its number and kind, never by words of its own.
    `pasted` says that only marks in the user's own text make it a document.
    """

    source: str
    text: str
    pasted: bool = False


class Turn(NamedTuple):
    """What one side said in one turn of its own."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Turns:
    """A request taken apart. `now` is what came since the model's last answer, `before` what did before.

    `prompt` is the user's own words now; None where there are none and something else was given, or
    where there is nothing at all. `given` is what tools and documents gave now. `before` has the
    turns in which somebody said something, oldest first, without what tools and documents gave.
    """

    prompt: str | None
    given: tuple[GivenText, ...]
    before: tuple[Turn, ...]


def turns(messages: Sequence[Message]) -> Turns:
    """Take a request's messages apart."""
    spoken = [message for message in messages if message.role not in _FRAMING]
    answered = max((i for i, m in enumerate(spoken, 1) if m.role == "assistant"), default=0)
    calls = _calls(spoken)
    pieces = [piece for message in spoken[answered:] for piece in _pieces(message, calls)]
    own = [piece.text for piece in pieces if isinstance(piece, Turn)]
    given = _numbered([piece for piece in pieces if isinstance(piece, _Given)])
    prompt = "\n".join(own) if own else None
    if given and not (prompt or "").strip():
        prompt = None
    return Turns(prompt, given, tuple(_said(spoken[:answered])))


class _Given(NamedTuple):
    kind: Literal["tool", "document"]
    name: str
    text: str
    pasted: bool = False


def _said(messages: Sequence[Message]) -> Iterator[Turn]:
    for message in messages:
        own = [piece.text for piece in _pieces(message, {}) if isinstance(piece, Turn)]
        said = "\n".join(own)
        if said.strip():
            yield Turn("assistant" if message.role == "assistant" else "user", said)


def _pieces(message: Message, calls: Mapping[str, str]) -> Iterator[Turn | _Given]:
    """What is in a turn, in its order: the speaker's words, and what was given."""
    if message.role in TOOL_ROLES:
        yield _Given("tool", message.name, message.text)
    elif message.role == "assistant":
        yield Turn("assistant", message.text)
    elif isinstance(message.content, list):
        found = [piece for part in message.content for piece in _of_part(part, calls)]
        yield from found or [Turn("user", "")]
    else:
        yield from _of_text(message.content or "")


def _of_part(part: dict[str, Any], calls: Mapping[str, str]) -> Iterator[Turn | _Given]:
    kind, text = part.get("type"), text_of(part)
    if text is None:
        return
    if isinstance(kind, str) and kind.endswith("tool_result"):
        yield _Given("tool", calls.get(str(part.get("tool_use_id")), ""), text)
    elif kind in _DOCUMENTS:
        yield _Given("document", str(kind), text)
    else:
        yield from _of_text(text)


def _of_text(text: str) -> Iterator[Turn | _Given]:
    own, documents = unmarked(text)
    yield Turn("user", own)
    for document in documents:
        if document.text.strip():
            yield _Given("document", document.name, document.text, pasted=True)


def _calls(messages: Sequence[Message]) -> dict[str, str]:
    """Ids of the model's calls to names of tools, where both stand in parts of its turns."""
    return {
        part["id"]: part["name"]
        for message in messages
        if message.role == "assistant" and isinstance(message.content, list)
        for part in message.content
        if isinstance(part.get("id"), str) and isinstance(part.get("name"), str)
    }


def _numbered(found: Sequence[_Given]) -> tuple[GivenText, ...]:
    seen: Counter[str] = Counter()
    named = []
    for piece in found:
        if piece.kind == "tool":
            tool = f"tool {piece.name}" if _TOOL_NAME.fullmatch(piece.name) else "tool"
            seen[tool] += 1
            source = tool if seen[tool] == 1 else f"{tool}, result {seen[tool]}"
        else:
            seen["document"] += 1
            source = f"document {seen['document']} ({piece.name})"
        named.append(GivenText(source, piece.text, piece.pasted))
    return tuple(named)
