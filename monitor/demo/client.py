"""A small OpenAI-compatible client for the demonstration's traffic; standard library only."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask: a prompt, whether to stream, and settings that the server understands."""

    prompt: str
    stream: bool = False
    max_tokens: int = 24
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. `exchange_id` is the gateway's, empty if it gave none."""

    exchange_id: str
    status: int
    chunks: int


def ask(
    address: tuple[str, int],
    question: Question,
    *,
    model: str,
    timeout: float = 120,
    on_chunk: Callable[[int], None] | None = None,
) -> Answered:
    """Ask one question over a connection of its own and read the answer to its end.

    `on_chunk` is told the number of each streamed chunk as it comes, from 1.
    """
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    body = {
        "model": model,
        "messages": [{"role": "user", "content": question.prompt}],
        "max_tokens": question.max_tokens,
        "stream": question.stream,
        **question.settings,
    }
    headers = {"content-type": "application/json"}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        chunks = 0
        for line in answer:
            if line.startswith(b"data:"):
                chunks += 1
                if on_chunk:
                    on_chunk(chunks)
        return Answered(answer.getheader("x-sidewatch-id", ""), answer.status, chunks)
    finally:
        connection.close()
