"""One request and its answer: joins a client's connection to one of the upstream's."""

from __future__ import annotations

import asyncio
import time

from monitor.exchange.recorder import Recorder
from monitor.gateway.download import Download
from monitor.gateway.errors import ProtocolError
from monitor.gateway.peers import Client
from monitor.gateway.request import Request
from monitor.gateway.shared import Shared
from monitor.gateway.stall import StallWatch
from monitor.gateway.tunnel import Tunnel
from monitor.gateway.upload import Upload
from monitor.gateway.upstream import UpstreamConnection
from monitor.metrics.gateway import CLASSES

MAX_HELD = 65_536
_FAMILIES = {int(family[0]): family for family in CLASSES if family != "none"}


class Relay:
    """Carries one request to the upstream and the answer back, whatever happens on the way.

    Exactly one of `refuse`, `answered`, `cut` and `switch` is called on the client, unless it left
    first.
    """

    __slots__ = (
        *("_client", "_connecting", "_connection", "_download", "_held", "_last_byte", "_over"),
        *("_recorder", "_replay", "_request", "_sent", "_shared", "_stall", "_upload"),
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
        )
        self._upload: Upload | None = None
        self._stall: StallWatch | None = None
        self._connection: UpstreamConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._held = b""
        self._replay = b""
        self._sent = 0
        self._last_byte = 0.0
        self._over = False

    @property
    def uploading(self) -> bool:
        """Whether more of the request is to come."""
        return self._upload is not None and not self._upload.done

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
        request = self._request
        now = self._last_byte = time.monotonic()
        self._held = request.to_upstream(self._client.peer)
        length = request.length
        if request.plan.chunked or length > len(data):
            self._upload = Upload(request.body(), self._recorder)
            rest = self.send(data) if data else b""
        else:
            rest = self._send_whole(data, length, now)
        if not self._over:
            connection = request.plan.upstream.pool.take(now)
            if connection is None:
                self._connecting = asyncio.create_task(self._connect(now))
            else:
                self._attach(connection, 0.0, now)
        return rest

    def send(self, data: bytes) -> bytes:
        """Carry on more of the request; what of `data` is behind it."""
        upload = self._upload
        assert upload is not None, "only a request that is not whole goes on"
        try:
            out = upload.feed(data)
        except ProtocolError as error:
            self._shared.metrics.client_errors.inc()
            self._fail(error.status, "client_error", error.detail)
            return b""
        self._last_byte = now = time.monotonic()
        self._sent = upload.size
        if self._connection is None:
            self._hold_back(out)
        elif out:
            self._connection.transport.write(out)
            self._remember(out)
        if upload.done:
            self._request_ended(now)
        return upload.rest

    def response_bytes(self, data: bytes) -> None:
        """More of the answer."""
        self._last_byte = now = time.monotonic()
        download = self._download
        try:
            download.feed(data, now)
        except ProtocolError as error:
            self._break("upstream_error", error.detail)
            return
        if self._replay:
            self._replay = b""
        if download.done:
            self._complete(now)
        elif download.switched is not None:
            self._switch(download.switched, now)

    def upstream_lost(self) -> None:
        """The upstream's connection has ended, in its proper place or not."""
        self._connection = None
        if self._replay:
            self._held, self._replay = self._replay, b""
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

    def _check_stall(self, recorder: Recorder, now: float) -> None:
        if self._stall is None:  # most requests are over before the first look at them
            self._stall = StallWatch(recorder, after=self._shared.settings.stall_after)
        if (notice := self._stall.check(now)) is not None:
            self._shared.metrics.stalled.inc()
            self._shared.tap.notice(notice)

    def _send_whole(self, data: bytes, length: int, now: float) -> bytes:
        """Send a request that came in one piece, as nearly all do; what came behind it."""
        rest = b""
        if length < len(data):
            data, rest = data[:length], data[length:]
        if length:
            self._sent = length
            self._held += data
            if self._recorder is not None:
                self._recorder.request_body(data)
        self._request_ended(now)
        return rest

    def _request_ended(self, now: float) -> None:
        if self._recorder is not None:
            self._recorder.request_ended(ts=time.time(), at=now)

    def _hold_back(self, out: bytes) -> None:
        self._held += out
        if self._sent > MAX_HELD:
            self._client.hold()

    def _remember(self, sent: bytes) -> None:
        """Keep what was sent, to send it again; a request of more than the bound is not repeated."""
        if self._replay:
            self._replay = self._replay + sent if self._sent <= MAX_HELD else b""

    async def _connect(self, began: float) -> None:
        try:
            connection = await self._request.plan.upstream.pool.connect()
        except TimeoutError:
            self._connecting = None
            self._fail(504, "upstream_timeout", "The upstream did not accept a connection in time.")
        except OSError:
            self._connecting = None
            self._fail(502, "upstream_refused", "The upstream cannot be reached.")
        else:
            self._connecting = None
            now = time.monotonic()
            self._shared.metrics.connect.observe(now - began)
            self._attach(connection, now - began, now)

    def _attach(self, connection: UpstreamConnection, seconds: float, now: float) -> None:
        if self._recorder is not None:
            self._recorder.connected(seconds)
        self._connection = connection
        connection.holder = self
        held, self._held = self._held, b""
        if connection.reused and self._repeatable and self._sent <= MAX_HELD:
            self._replay = held
        self._last_byte = now
        connection.transport.write(held)
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
                connection.transport.close()
        self._end(None, at=now)
        self._client.answered(closing=self._download.closing or uploading or self._shared.draining)

    def _switch(self, rest: bytes, now: float) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None, "what switched is still connected"
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
        self._held = b""
        self._measure(error, self._download.status or status)
        if self._recorder is not None:
            now = time.monotonic() if at is None else at
            self._recorder.ended(ts=time.time(), at=now, error=error)
            self._shared.tap.put(self._recorder)

    def _measure(self, error: str | None, status: int | None) -> None:
        metrics = self._shared.metrics
        family = _FAMILIES.get((status or 0) // 100, "none")
        metrics.requests[self._request.plan.method, family].inc()
        metrics.bytes_in.inc(self._sent)
        metrics.bytes_out.inc(self._download.size)
        if error is not None and error in metrics.upstream_errors:
            metrics.upstream_errors[error].inc()
