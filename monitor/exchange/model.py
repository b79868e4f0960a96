"""The exchange as a record, and its form as one JSON object a line.

Written without what has its default. The gateway makes these for every request, and a msgspec
struct takes a tenth of the time that a frozen dataclass does.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

Content = str | list[dict[str, Any]] | None
State = Literal["done", "stalled", "running"]

TOOL_ROLES = frozenset({"tool", "function"})
"""Roles of turns that hold what a tool gave back."""


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One turn. `content` is text, or parts as the dialect had them (images and audio noted only).

    `name` is the tool that a tool's result is of, where the request says it.
    """

    role: str
    content: Content = None
    name: str = ""

    @property
    def text(self) -> str:
        """All text of the turn, parts joined by newlines."""
        if isinstance(self.content, str):
            return self.content
        parts = (part.get("text") for part in self.content or ())
        return "\n".join(text for text in parts if isinstance(text, str))


class Request(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked."""

    messages: list[Message] = []
    stream: bool = False
    max_tokens: int | None = None


class Response(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was answered, as far as it came.

    `text` joins several choices by newlines. It is None for an answer that never has any, such as
    one of vectors.
    """

    text: str | None = None
    reasoning: str = ""
    finish_reason: str | None = None
    status: int = 200
    tool_calls: list[dict[str, Any]] = []


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens as the upstream counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Timing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seconds on the gateway's monotonic clock, from the last byte of the request.

    `ttft` is to the first content-bearing chunk, `duration` to the last byte, `max_gap` the longest
    silence between two content chunks, `gap_p99` the one that 99% of them keep within, `connect` to
    an open upstream connection, `idle` how long a stalled stream has been silent by now. `own` is
    what Sidewatch took itself, of the request and of the beginning of the answer. `chunks` counts
    the content chunks.
    """

    ttft: float | None = None
    duration: float | None = None
    max_gap: float | None = None
    connect: float | None = None
    idle: float | None = None
    gap_p99: float | None = None
    own: float | None = None
    chunks: int = 0


class Exchange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request and its answer.

    `ts` is the wall clock at the request's last byte, in seconds since the epoch. `route` is the
    path without its query. `upstream` tells the server that answered from others: its address, or
    what it says of itself in the configured header. `user` and `conversation` are what the client calls them; `key` tells API
    keys apart without giving any away. `response` is None when none came. `error` says in one word why an
    exchange is not whole: `upstream_refused`, `upstream_timeout`, `upstream_closed`,
    `client_closed`, `upstream_error`. `unparsed` is the reason a body was not understood: such an
    exchange was not scored and must never read as clean. `truncated` names the captured texts that
    were cut at the cap. `state` is `stalled` for the notice that a stream still under way has
    fallen silent, `running` for one that should be looked at before its end, with `duration` as far
    as it has come; the finished exchange follows under the same id.
    """

    id: str
    ts: float
    model: str = ""
    route: str = ""
    tenant: str = ""
    user: str = ""
    conversation: str = ""
    key: str = ""
    upstream: str = ""
    dialect: str = ""
    state: State = "done"
    request: Request = field(default_factory=Request)
    response: Response | None = None
    usage: Usage = field(default_factory=Usage)
    timing: Timing = field(default_factory=Timing)
    error: str | None = None
    unparsed: str | None = None
    truncated: list[str] = []

    @property
    def system(self) -> str:
        """The system prompt: every system or developer turn, joined by newlines."""
        turns = (m.text for m in self.request.messages if m.role in {"system", "developer"})
        return "\n".join(turns)

    @property
    def prompt(self) -> str | None:
        """What was asked now: the turns since the model's last answer. None if there is none.

        What tools and documents gave is part of it; `monitor.exchange.turns` tells it apart.
        """
        turns: list[str] = []
        for message in reversed(self.request.messages):
            if message.role == "assistant":
                break
            if message.role not in {"system", "developer"}:
                turns.append(message.text)
        return "\n".join(reversed(turns)) if turns else None

    @property
    def answer(self) -> str | None:
        """The text of the answer; None if none came or none belongs to it, "" if it was blank."""
        return None if self.response is None else self.response.text
