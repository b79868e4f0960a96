"""What one request of the soak asks for, and what answer it must get: both ends work from this."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

HEADER = b"x-soak-order"
_WORDS = "the river kept its counsel and the town went on as it had before "

Event = Callable[[str], bytes]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One request. It travels in a header, so that the upstream answers as is expected here.

    `chunks` above 0 asks for a stream, with `pause` seconds between its chunks; else `size` is the
    length of the answer's text. `cut` says how the upstream fails, and after how many pieces.
    """

    dialect: str
    chunks: int = 0
    pause: float = 0.02
    size: int = 60
    gzipped: bool = False
    cut: Literal["", "before", "close", "reset"] = ""
    cut_after: int = 0
    upload: int = 0
    chunked_upload: bool = False
    client: Literal["reads", "slow", "leaves", "leaves early", "leaves uploading"] = "reads"

    def header(self) -> bytes:
        """The header's value."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The wire forms that are needed here: a path, and how a piece and a whole answer look."""

    path: str
    event: Event
    end: bytes
    plain: Event
    stream_type: str = "text/event-stream"


def _sse(shape: Callable[[str], object], name: str = "") -> Event:
    head = f"event: {name}\n" if name else ""
    return lambda text: f"{head}data: {json.dumps(shape(text))}\n\n".encode()


def _json(shape: Callable[[str], object]) -> Event:
    return lambda text: json.dumps(shape(text)).encode()


_DONE = b"data: [DONE]\n\n"
_STOP = b'event: message_stop\ndata: {"type": "message_stop"}\n\n'

DIALECTS: Mapping[str, Dialect] = {
    "chat": Dialect(
        "/v1/chat/completions",
        _sse(lambda text: {"model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}),
        _DONE,
        _json(lambda text: {"model": "m", "choices": [{"index": 0, "message": {"content": text}}]}),
    ),
    "completions": Dialect(
        "/v1/completions",
        _sse(lambda text: {"model": "m", "choices": [{"index": 0, "text": text}]}),
        _DONE,
        _json(lambda text: {"model": "m", "choices": [{"index": 0, "text": text}]}),
    ),
    "messages": Dialect(
        "/v1/messages",
        _sse(
            lambda text: {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": text},
            },
            "content_block_delta",
        ),
        _STOP,
        _json(lambda text: {"type": "message", "content": [{"type": "text", "text": text}]}),
    ),
    "ollama": Dialect(
        "/api/chat",
        lambda text: json.dumps({"message": {"content": text}, "done": False}).encode() + b"\n",
        b'{"message": {"content": ""}, "done": true}\n',
        _json(lambda text: {"message": {"content": text}, "done": True}),
        "application/x-ndjson",
    ),
    "unknown": Dialect(
        "/v2/elsewhere", _sse(lambda text: {"t": text}), b"\n", _json(lambda text: {"t": text})
    ),
}


def request_body(order: Order) -> bytes:
    """The body that the client sends."""
    content = f"Tell me of the river. {'x' * order.upload}"
    body = {"model": "m", "messages": [{"role": "user", "content": content}], "prompt": "River?"}
    return json.dumps({**body, "stream": order.chunks > 0}).encode()


def answer_pieces(order: Order) -> list[bytes]:
    """The body that the upstream sends, a write each; whole, whatever `cut` says."""
    dialect = DIALECTS[order.dialect]
    if not order.chunks:
        text = (_WORDS * (order.size // len(_WORDS) + 1))[: order.size]
        whole = dialect.plain(text)
        return [gzip.compress(whole, mtime=0) if order.gzipped else whole]
    return [*(dialect.event(f"word {n} ") for n in range(order.chunks)), dialect.end]
