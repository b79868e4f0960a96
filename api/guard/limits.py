"""What requests and answers have to keep to: how many, how large, headers that bind the browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ProblemError, respond
from monitor.access.rates import TokenBuckets
from monitor.store.base import StoreError

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request body: a hundred exchanges of 40 kB each to score."""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Rates(Protocol):
    """What counts over every process that serves the API."""

    async def take(self, name: str, *, rate: float, most: float) -> float:
        """Count once: 0 if that may be, or else seconds until it may."""
        ...


class RateLimit:
    """How often each key may call: `rate` times a second, `burst` seconds' worth at once; 0 for ever.

    The store counts for every process together. While it does not answer, or has no room to count,
    each process counts for itself, so that a key is let in `rate` times a second by each at most.
    """

    def __init__(
        self,
        rates: Rates,
        rate: float,
        *,
        burst: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._rate = rate
        self._most = max(1.0, rate * burst)
        self._own = TokenBuckets(clock)

    async def wait(self, key: str) -> float:
        """Count a request of a key: 0 if it may go on, or else seconds until one may; not counted."""
        if not self._rate:
            return 0.0
        try:
            return await self._rates.take(key, rate=self._rate, most=self._most)
        except StoreError:
            return self._own.take(key, rate=self._rate, most=self._most)


class BodyLimit:
    """Answers 413 to a body larger than `limit` bytes, without reading more of it than that."""

    def __init__(self, app: ASGIApp, *, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 at once to a body that says it is too large; count the others."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        if told.isdigit() and int(told) > self._limit:
            error = ProblemError(413, self._detail())
            await respond(scope["path"], error)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        left = self._limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                # The one exception that FastAPI passes on from reading a body.
                raise HTTPException(413, self._detail())
            return message

        return counted

    def _detail(self) -> str:
        return f"a request body may have {self._limit} bytes; send less at a time"


class SafeHeaders:
    """Adds headers to every answer; one that a route has set itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request, and the answer with the headers added."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)
