"""One request and its answer: joins a client's connection to one of the upstream's."""

from __future__ import annotations

import asyncio
import time

from monitor.exchange.recorder import Recorder
from monitor.gateway.download import Download
from monitor.gateway.errors import ProtocolError
from monitor.gateway.loop import LoopWatch
from monitor.gateway.peers import Client
from monitor.gateway.request import Request
from monitor.gateway.shared import Shared
from monitor.gateway.stall import StallWatch
from monitor.gateway.tunnel import Tunnel
from monitor.gateway.upload import Upload
from monitor.gateway.upstreams.connection import UpstreamConnection
from monitor.gateway.upstreams.pool import refusal
from monitor.metrics.gateway import CLASSES

_FAMILIES = {int(family[0]): family for family in CLASSES if family != "none"}


class Relay:
    """Carries one request to the upstream and the answer back, whatever happens on the way.

    Exactly one of `refuse`, `answered`, `cut` and `switch` is called on the client, unless it left
    first.
    """

    __slots__ = (
        *("_client", "_connecting", "_connection", "_download", "_last_byte", "_loop", "_over"),
        *("_recorder", "_request", "_shared", "_stall", "_upload"),
    )

    def __init__(
        self,
        shared: Shared,
        client: Client,
        request: Request,
        *,
        ident: bytes,
        recorder: Recorder | None,
    ) -> None:
        self._shared = shared
        self._client = client
        self._request = request
        self._recorder = recorder
        self._download = Download(
            request.plan,
            recorder,
            client.write,
            ident=ident,
            closing=shared.draining,
            limit=shared.settings.max_header_bytes,
            named=shared.replica_field,
        )
        self._upload = Upload(request, recorder)
        self._stall: StallWatch | None = None
        self._loop: LoopWatch | None = None
        self._connection: UpstreamConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._last_byte = 0.0
        self._over = False

    @property
    def uploading(self) -> bool:
        """Whether more of the request is to come."""
        return not self._upload.done

    @property
    def _repeatable(self) -> bool:
        """Whether the request may be sent again, should a kept-alive connection just be closing.

        Asking a model again changes nothing; else the method must be idempotent (RFC 9110, 9.2.2).
        """
        known = self._recorder is not None and self._recorder.dialect is not None
        return known or self._request.plan.idempotent

    def start(self, data: bytes) -> bytes:
        """Begin, with what came behind the request's head; what of it is behind the body."""
        self._shared.active += 1
        now = self._last_byte = time.monotonic()
        try:
            self._upload.start(data, peer=self._client.peer)
        except ProtocolError as error:
            return self._refuse(error)
        self._look_at_upload(now)
        connection = self._request.plan.upstream.pool.take(now)
        if connection is None:
            self._connecting = asyncio.create_task(self._connect(now))
        else:
            self._attach(connection, 0.0, now)
        return self._upload.rest

    def send(self, data: bytes) -> bytes:
        """Carry on more of the request; what of `data` is behind it."""
        try:
            self._upload.feed(data)
        except ProtocolError as error:
            return self._refuse(error)
        self._last_byte = now = time.monotonic()
        self._look_at_upload(now)
        return self._upload.rest

    def response_bytes(self, data: bytes) -> None:
        """More of the answer."""
        self._last_byte = now = time.monotonic()
        download = self._download
        first = download.status is None
        if first:
            self._upload.answered()
        try:
            download.feed(data, now)
        except ProtocolError as error:
            self._break("upstream_error", error.detail)
            return
        if first and self._recorder is not None:
            self._recorder.took(time.monotonic() - now)
        if download.done:
            self._complete(now)
        elif download.switched is not None:
            self._switch(download.switched, now)

    def upstream_lost(self) -> None:
        """The upstream's connection has ended, in its proper place or not."""
        self._connection = None
        if self._upload.detach():
            self._connecting = asyncio.create_task(self._connect(time.monotonic()))
        elif self._download.close():
            self._complete(time.monotonic())
        else:
            self._break("upstream_closed", "The upstream closed the connection early.")

    def upstream_full(self) -> None:
        """The upstream does not take more bytes for now: neither do we from the client."""
        self._client.hold()

    def upstream_ready(self) -> None:
        """The upstream takes bytes again."""
        self._client.release()

    def client_full(self) -> None:
        """The client does not take more bytes for now: neither do we from the upstream."""
        if self._connection is not None:
            self._connection.transport.pause_reading()

    def client_ready(self) -> None:
        """The client takes bytes again."""
        self._last_byte = time.monotonic()
        if self._connection is not None:
            self._connection.transport.resume_reading()

    def client_lost(self) -> None:
        """The client left: the upstream need not go on."""
        if not self._over:
            self._shared.metrics.client_closed.inc()
            self._end("client_closed")

    def check(self, now: float) -> None:
        """Look after limits of time; called about once a second."""
        if self._client.full:
            return
        silence = now - self._last_byte
        if self.uploading and not (self._connection and self._connection.full):
            if silence > self._shared.settings.header_timeout:
                self._fail(408, "client_closed", "The request did not arrive in time.")
        elif silence > self._shared.settings.read_timeout:
            self._break("upstream_timeout", "The upstream was silent for too long.", status=504)
        elif self._recorder is not None:
            self._check_stall(self._recorder, now)
            if self._shared.settings.loop_check_every:
                self._check_loop(self._recorder, now)

    def _check_stall(self, recorder: Recorder, now: float) -> None:
        if self._stall is None:  # most requests are over before the first look at them
            self._stall = StallWatch(recorder, after=self._shared.settings.stall_after)
        if (notice := self._stall.check(now)) is not None:
            self._shared.metrics.stalled.inc()
            self._shared.tap.notice(notice)

    def _check_loop(self, recorder: Recorder, now: float) -> None:
        if self._loop is None:
            self._loop = LoopWatch(recorder, every=self._shared.settings.loop_check_every)
        if (notice := self._loop.check(now)) is not None:
            self._shared.metrics.looping.inc()
            self._shared.tap.notice(notice)

    def _look_at_upload(self, now: float) -> None:
        if self._upload.done:
            if self._recorder is not None:
                self._recorder.request_ended(ts=time.time(), at=now)
        elif self._upload.overfull:
            self._client.hold()

    def _refuse(self, error: ProtocolError) -> bytes:
        self._shared.metrics.client_errors.inc()
        self._fail(error.status, "client_error", error.detail)
        return b""

    async def _connect(self, began: float) -> None:
        try:
            connection = await self._request.plan.upstream.pool.connect()
        except TimeoutError:
            self._connecting = None
            self._fail(504, "upstream_timeout", "The upstream did not accept a connection in time.")
        except OSError as error:
            self._connecting = None
            self._fail(502, "upstream_refused", refusal(error))
        else:
            self._connecting = None
            now = time.monotonic()
            self._shared.metrics.connect.observe(now - began)
            self._attach(connection, now - began, now)

    def _attach(self, connection: UpstreamConnection, seconds: float, now: float) -> None:
        if self._recorder is not None:
            self._recorder.connected(seconds, connection.address)
        self._connection = connection
        connection.holder = self
        self._last_byte = now
        self._upload.attach(connection.transport, remember=connection.reused and self._repeatable)
        if self._recorder is not None:
            self._recorder.sent(time.monotonic())
        if not connection.full:
            self._client.release()
        if self._client.full:
            connection.transport.pause_reading()

    def _complete(self, now: float) -> None:
        connection, self._connection = self._connection, None
        uploading = self.uploading
        if connection is not None:
            connection.holder = None
            if self._download.reusable and not uploading:
                connection.transport.resume_reading()
                self._request.plan.upstream.pool.give_back(connection, now)
            else:
                connection.leave()
        self._end(None, at=now)
        self._client.answered(closing=self._download.closing or uploading or self._shared.draining)

    def _switch(self, rest: bytes, now: float) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None, "what switched is still connected"
        if self.uploading:
            self._connection = connection
            self._break("upstream_error", "The upstream switched protocols within a request.")
            return
        self._end(None, at=now)
        self._client.switch(Tunnel(self._shared, self._client, connection, now), rest)

    def _break(self, error: str, detail: str, *, status: int = 502) -> None:
        """The upstream failed: a problem if nothing of its answer has gone out, else a cut."""
        if self._download.started:
            self._end(error)
            self._client.cut(reset=self._download.unframed)
        else:
            self._fail(status, error, detail)

    def _fail(self, status: int, error: str, detail: str) -> None:
        self._end(error, status=status)
        closing = self.uploading or self._download.closing
        if self._download.started:
            self._client.cut(reset=self._download.unframed)
        else:
            self._client.refuse(status, detail, kind=error, closing=closing)

    def _end(
        self, error: str | None, *, status: int | None = None, at: float | None = None
    ) -> None:
        """Release everything and hand the recording over; happens once, on every path."""
        if self._over:
            return
        self._over = True
        self._shared.active -= 1
        if self._connecting is not None:
            self._connecting.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.holder = None
            connection.transport.abort()
        self._upload.release()
        self._measure(error, self._download.status or status)
        if self._recorder is not None:
            now = time.monotonic() if at is None else at
            self._recorder.ended(ts=time.time(), at=now, error=error)
            self._shared.tap.put(self._recorder)

    def _measure(self, error: str | None, status: int | None) -> None:
        metrics = self._shared.metrics
        family = _FAMILIES.get((status or 0) // 100, "none")
        metrics.requests[self._request.plan.method, family].inc()
        metrics.bytes_in.inc(self._upload.size)
        metrics.bytes_out.inc(self._download.size)
        if error is not None and error in metrics.upstream_errors:
            metrics.upstream_errors[error].inc()
