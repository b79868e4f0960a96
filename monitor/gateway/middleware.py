"""Sidewatch inside an ASGI application: one line, the same exchanges, no proxy.

    app.add_middleware(Sidewatch, store="redis://127.0.0.1:6379/0")

Pure ASGI: bodies are not collected, streams stay streams, context variables stay as they are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from monitor.exchange.ident import ulid
from monitor.exchange.protocols import find_dialect
from monitor.exchange.recorder import Recorder
from monitor.gateway.http.hop import ID_HEADER
from monitor.gateway.recording.tap import Tap
from monitor.gateway.who import Identify
from monitor.journal.base import Journal
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import GatewaySettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_FLUSH_SECONDS = 3.0
_OVER = {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}


class Sidewatch:
    """Records what an application answers at the paths of the known dialects.

    Give a `journal`, or the URL of a `store` to make one for. Of `settings`, `max_capture_bytes`,
    `queue_size` and the headers that say who asks apply.
    """

    def __init__(
        self,
        app: App,
        *,
        journal: Journal | None = None,
        store: str = "",
        settings: GatewaySettings | None = None,
    ) -> None:
        if (journal is None) == (not store):
            raise ValueError("give either journal= or store=, such as redis://127.0.0.1:6379/0")
        self._app = app
        self._journal = journal
        self._store = store
        self._settings = settings or GatewaySettings()
        self._identify = Identify(self._settings)
        self._tap: Tap | None = None
        self.metrics = GatewayMetrics()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._flushing(send))
        elif (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and find_dialect(scope["path"]) is not None
        ):
            await self._record(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def close(self) -> None:
        """Hand over what is recorded; called when the application's lifespan ends."""
        tap, self._tap = self._tap, None
        if tap is not None:
            await tap.close(within=_FLUSH_SECONDS)

    def _flushing(self, send: Send) -> Send:
        async def flush_before_the_end(message: Message) -> None:
            if message["type"] in _OVER:
                await self.close()
            await send(message)

        return flush_before_the_end

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        recording = _Recording(self._recorder(scope), receive, send)
        error: str | None = "upstream_error"
        try:
            await self._app(scope, recording.receive, recording.send)
            error = None if recording.whole else "client_closed"
        except asyncio.CancelledError:
            error = "client_closed"
            raise
        finally:
            recording.recorder.ended(ts=time.time(), at=time.monotonic(), error=error)
            self._running_tap().put(recording.recorder)

    def _recorder(self, scope: Scope) -> Recorder:
        headers = {name.lower(): value for name, value in scope["headers"]}
        origin = self._identify.origin(scope["path"], headers)
        return Recorder(ulid(time.time()), origin, limit=self._settings.max_capture_bytes)

    def _running_tap(self) -> Tap:
        if self._tap is None:
            journal = self._journal or _open(self._store)
            self._tap = Tap(journal, bound=self._settings.queue_size, metrics=self.metrics)
            self._tap.start()
        return self._tap


class _Recording:
    """One request: its `receive` and `send`, seen by the recorder."""

    def __init__(self, recorder: Recorder, receive: Receive, send: Send) -> None:
        self.recorder = recorder
        self.whole = False
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.recorder.request_body(message.get("body", b""))
            if not message.get("more_body", False):
                self.recorder.request_ended(ts=time.time(), at=time.monotonic())
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        await self._send(message)
        if message["type"] == "http.response.body":
            if body := message.get("body", b""):
                self.recorder.response_body([body], time.monotonic())
            self.whole = not message.get("more_body", False)

    def _begin(self, message: Message) -> None:
        headers = list(message.get("headers", ()))
        found = {name.lower(): value.decode("latin-1") for name, value in headers}
        self.recorder.response_began(
            message["status"],
            content_type=found.get(b"content-type", ""),
            content_encoding=found.get(b"content-encoding", ""),
        )
        message["headers"] = [*headers, (ID_HEADER, self.recorder.ident.encode())]


def _open(url: str) -> Journal:
    from monitor.journal.redis import RedisJournal  # noqa: PLC0415 - not for a journal given

    return RedisJournal(url)
