"""One client's connection: reads requests from it, one after the other, and answers them."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import cast

from monitor.exchange.ident import ulid
from monitor.exchange.recorder import Origin, Recorder
from monitor.gateway import own
from monitor.gateway.errors import ProtocolError
from monitor.gateway.head import (
    HeadBuffer,
    RequestHead,
    connection_options,
    keeps_alive,
    parse_request,
    request_body,
)
from monitor.gateway.problem import PROBLEM_TYPE, answer, problem
from monitor.gateway.relay import Relay
from monitor.gateway.shared import Shared

_MAX_PENDING = 65_536
_LINGER_SECONDS = 2.0
_MAX_TENANT = 128
_RESET = struct.pack("ii", 1, 0)


class ClientConnection(asyncio.Protocol):
    """The protocol on a client's socket.

    While a request is under way the bytes of the next one wait, up to a bound. `full` says that the
    client reads more slowly than we write.
    """

    __slots__ = (
        *("full", "peer", "_heads", "_held", "_ident", "_linger_until", "_pending", "_relay"),
        *("_request", "_shared", "_since", "_transport"),
    )

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._heads = HeadBuffer(shared.settings.max_header_bytes)
        self._relay: Relay | None = None
        self._request: RequestHead | None = None
        self._ident = b""
        self._pending = b""
        self._held = False
        self._since = 0.0
        self._linger_until: float | None = None
        self.peer = b""
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]).encode() if isinstance(peer, tuple) else b"unknown"
        self._since = time.monotonic()
        self._shared.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it the request under way."""
        self._shared.clients.discard(self)
        self._leave()

    def eof_received(self) -> bool:
        """A client that closes its side has left, as far as anybody can tell from here."""
        self._leave()
        return False

    def data_received(self, data: bytes) -> None:
        """Bytes of a request's head, of its body, or of the next request."""
        if self._linger_until is not None:
            return
        if self._relay is None:
            self._read_requests(data)
        elif self._relay.uploading:
            self._pending = self._relay.send(data)
        else:
            self._pending += data
            if len(self._pending) > _MAX_PENDING:
                self.hold()

    def pause_writing(self) -> None:
        """Too much of the answer waits to be taken by the client."""
        self.full = True
        if self._relay is not None:
            self._relay.client_full()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.full = False
        if self._relay is not None:
            self._relay.client_ready()

    def send(self, data: bytes) -> None:
        """Send bytes of the answer."""
        self._transport.write(data)

    def hold(self) -> None:
        """Read nothing more from the client for now."""
        if not self._held and not self._transport.is_closing():
            self._held = True
            self._transport.pause_reading()

    def release(self) -> None:
        """Read on, unless the requests that wait fill their bound."""
        if self._held and len(self._pending) <= _MAX_PENDING:
            self._held = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def answered(self, *, closing: bool) -> None:
        """The answer is complete: close, or go on to the next request."""
        self._relay = None
        self._since = time.monotonic()
        if closing:
            self._linger()
            return
        data, self._pending = self._pending, b""
        self.release()
        if data:
            self._read_requests(data)

    def refuse(self, status: int, detail: str, *, kind: str, closing: bool) -> None:
        """Answer with a problem document in place of the upstream."""
        self._answer(status, problem(status, detail, kind=f"urn:sidewatch:{kind}"), closing=closing)
        self.answered(closing=closing)

    def cut(self, *, reset: bool) -> None:
        """End the answer so that the client sees it is not whole."""
        self._relay = None
        if reset:
            if (raw := self._transport.get_extra_info("socket")) is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()
        else:
            self._transport.close()

    def drain(self) -> None:
        """The gateway is shutting down: close if no request is under way."""
        if self._relay is None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._leave()
        self._transport.abort()

    def check(self, now: float) -> None:
        """Look after limits of time; called about once a second."""
        settings = self._shared.settings
        if self._linger_until is not None:
            if now > self._linger_until:
                self._transport.abort()
        elif self._relay is not None:
            self._relay.check(now)
        elif self._heads.started:
            if now - self._since > settings.header_timeout:
                self._refuse_malformed(ProtocolError("the head did not arrive in time", status=408))
        elif now - self._since > settings.idle_timeout:
            self._transport.close()

    def _leave(self) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.client_lost()

    def _read_requests(self, data: bytes) -> None:
        """Start on the requests in `data` until one has to be waited for."""
        while data and self._relay is None and self._linger_until is None:
            try:
                if not self._heads.started:
                    self._since = time.monotonic()
                block = self._heads.feed(data)
                if block is None:
                    return
                data = self._heads.take_rest()
                data = self._begin(parse_request(block), data)
            except ProtocolError as error:
                self._refuse_malformed(error)
                return
        self._pending = data

    def _begin(self, head: RequestHead, data: bytes) -> bytes:
        self._request = head
        if head.target.startswith(own.PREFIX):
            return self._answer_own(head, data)
        if b"upgrade" in head.lower and b"upgrade" in connection_options(head):
            self._refuse_upgrade(head)
        ts = time.time()
        ident = ulid(ts)
        self._ident = ident.encode()
        relay = self._relay = Relay(
            self._shared, self, head, ident=self._ident, recorder=self._recorder(head, ident)
        )
        return relay.start(data)

    def _recorder(self, head: RequestHead, ident: str) -> Recorder | None:
        """A recorder for what may be an exchange with a model: anything that posts a body."""
        if head.method != b"POST":
            return None
        shared, lower = self._shared, head.lower
        tenant = lower.get(shared.tenant_header)
        encoding = lower.get(b"content-encoding")
        origin = Origin(
            ident,
            head.target.partition(b"?")[0].decode("latin-1"),
            tenant[:_MAX_TENANT].decode("latin-1") if tenant else "",
            encoding.decode("latin-1") if encoding else "",
        )
        return Recorder(origin, limit=shared.settings.max_capture_bytes)

    def _refuse_upgrade(self, head: RequestHead) -> None:
        if head.lower[b"upgrade"].lower() == b"websocket":
            raise ProtocolError("WebSocket connections are not relayed", status=501)

    def _answer_own(self, head: RequestHead, data: bytes) -> bytes:
        closing = not request_body(head).done or not keeps_alive(head) or not head.http_1_1
        closing = closing or self._shared.draining
        said = own.answer(head.method, head.target.partition(b"?")[0], self._shared)
        self._ident = b""
        self._answer(said.status, said.body, closing=closing, content_type=said.content_type)
        if closing:
            self._linger()
        return data

    def _answer(
        self, status: int, body: bytes, *, closing: bool, content_type: bytes = PROBLEM_TYPE
    ) -> None:
        head_only = self._request is not None and self._request.method == b"HEAD"
        self._transport.write(
            answer(
                status,
                body,
                content_type,
                exchange_id=self._ident,
                closing=closing,
                head_only=head_only,
            )
        )

    def _refuse_malformed(self, error: ProtocolError) -> None:
        self._shared.metrics.client_errors.inc()
        self._relay = None
        self._ident = ulid(time.time()).encode()
        kind = problem(error.status, error.detail, kind="urn:sidewatch:client_error")
        self._answer(error.status, kind, closing=True)
        self._linger()

    def _linger(self) -> None:
        """Close our side and wait for the client to close its own.

        Closing a socket with unread bytes resets it, and the reset may overtake the answer.
        """
        self._linger_until = time.monotonic() + _LINGER_SECONDS
        self._pending = b""
        if self._transport.is_closing():
            return
        if self._held:
            self._held = False
            self._transport.resume_reading()
        self._transport.write_eof()
