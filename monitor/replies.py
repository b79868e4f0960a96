"""Answers that are kept, so that a request which is sent again changes nothing again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered to a request, whose `digest` tells it from others; `status` 0: not yet."""

    digest: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
