"""A request to the API and what its answer holds, apart from how it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from api.client.errors import ApiError, problem_of

T = TypeVar("T")
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One request. `returns` is what its answer is decoded as; `bytes` gives the answer as it is."""

    method: str
    path: str
    returns: type[T]
    query: list[tuple[str, str]] = field(default_factory=list)
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_repeatable(self) -> bool:
        """Whether it counts once, however often it arrives."""
        return self.method == "GET" or "Idempotency-Key" in self.headers

    @property
    def parts(self) -> dict[str, Any]:
        """What an HTTP client makes a request of."""
        return {
            "method": self.method,
            "url": self.path,
            "params": self.query,
            "content": self.content or None,
            "headers": self.headers,
        }

    def read(self, status: int, body: bytes) -> T:
        """What the answer holds.

        Raises
        ------
        ApiError
            It is an error.
        """
        if status >= 400:
            raise ApiError(problem_of(status, body))
        if self.returns is bytes:
            return body  # type: ignore[return-value]
        return msgspec.json.decode(body, type=self.returns)


def get(returns: type[T], *path: str, query: Mapping[str, Any] | None = None) -> Call[T]:
    """Ask for something."""
    return Call(method="GET", path=_path(path), returns=returns, query=_query(query or {}))


def send(
    method: str,
    returns: type[T],
    *path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Call[T]:
    """Change something. A POST carries a key of its own, so that it can be sent again and count once."""
    content = b"" if body is None else msgspec.json.encode(body)
    own = {"Content-Type": "application/json"} if content else {}
    if method == "POST":
        own["Idempotency-Key"] = uuid.uuid4().hex
    return Call(
        method=method,
        path=_path(path),
        returns=returns,
        content=content,
        headers={**own, **(headers or {})},
    )


def said(**fields: Any) -> dict[str, Any]:
    """A body of those fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _path(parts: Sequence[str]) -> str:
    return "/".join([PREFIX, *(quote(part, safe="") for part in parts)])


def _query(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lists as repeated names; what is None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        each = value if isinstance(value, list | tuple | set) else [value]
        pairs += [(name, _text(one)) for one in each if one is not None]
    return pairs


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)
