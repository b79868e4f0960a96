"""One client's connection: reads requests from it, one after the other, and answers them."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import cast

from monitor.exchange.ident import ulid
from monitor.exchange.recorder import Recorder
from monitor.gateway import own
from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.head import HeadBuffer
from monitor.gateway.http.problem import PROBLEM_TYPE, answer, problem
from monitor.gateway.peers import Carrier
from monitor.gateway.relay import Relay
from monitor.gateway.request import Request
from monitor.gateway.shared import Shared

_MAX_PENDING = 65_536
_LINGER_SECONDS = 2.0
_LONGEST_LINGER_SECONDS = 30.0
_RESET = struct.pack("ii", 1, 0)


class ClientConnection(asyncio.Protocol):
    """The protocol on a client's socket.

    While a request is under way the bytes of the next one wait, up to a bound. `full` says that the
    client reads more slowly than we write.
    """

    __slots__ = (
        *("full", "peer", "write", "_carrier", "_head_only", "_heads", "_held", "_ident"),
        *("_linger_until", "_pending", "_shared", "_since", "_taken_at", "_transport", "_unsent"),
    )

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._heads = HeadBuffer(shared.settings.max_header_bytes)
        self._carrier: Carrier | None = None
        self._head_only = False
        self._ident = b""
        self._pending = b""
        self._held = False
        self._since = 0.0
        self._linger_until: float | None = None
        self._unsent = 0
        self._taken_at = 0.0
        self.peer = b""
        self.full = False
        self.write: Callable[[bytes], None] = cast("Callable[[bytes], None]", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = cast("asyncio.Transport", transport)
        self.write = self._transport.write
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
        carrier = self._carrier
        if carrier is None:
            if self._linger_until is not None:
                self._linger_on()
            else:
                data, self._pending = self._pending + data, b""
                self._read_requests(data)
        elif carrier.uploading:
            self._pending = carrier.send(data)
        else:
            self._pending += data
            if len(self._pending) > _MAX_PENDING:
                self.hold()

    def pause_writing(self) -> None:
        """Too much of the answer waits to be taken by the client."""
        self.full = True
        if self._carrier is not None:
            self._carrier.client_full()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.full = False
        if self._carrier is not None:
            self._carrier.client_ready()
        elif self._pending:
            self._read_pending()

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
        self._carrier = None
        self._since = time.monotonic()
        if closing:
            self._linger()
            return
        self._read_pending()

    def refuse(self, status: int, detail: str, *, kind: str, closing: bool) -> None:
        """Answer with a problem document in place of the upstream."""
        self._answer(status, problem(status, detail, kind=f"urn:sidewatch:{kind}"), closing=closing)
        self.answered(closing=closing)

    def cut(self, *, reset: bool) -> None:
        """End the answer so that the client sees it is not whole."""
        self._carrier = None
        if reset:
            if (raw := self._transport.get_extra_info("socket")) is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()
        else:
            self._transport.close()

    def switch(self, carrier: Carrier, rest: bytes) -> None:
        """Carry on with another protocol."""
        self._carrier = carrier
        data, self._pending = self._pending, b""
        self.release()
        if rest:
            carrier.response_bytes(rest)
        if data:
            carrier.send(data)

    def drain(self) -> None:
        """The gateway is shutting down: close if no request is under way."""
        if self._carrier is None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._leave()
        self._transport.abort()

    def check(self, now: float) -> None:
        """Look after limits of time; called about once a second."""
        settings = self._shared.settings
        if not self._takes(now):
            self.abort()
        elif self._linger_until is not None:
            if now > self._linger_until and not self._unsent:
                self._transport.abort()
        elif self._carrier is not None:
            self._carrier.check(now)
        elif self._heads.started:
            if now - self._since > settings.header_timeout:
                self._refuse_malformed(ProtocolError("the head did not arrive in time", status=408))
        elif now - self._since > settings.idle_timeout:
            self._transport.close()

    def _takes(self, now: float) -> bool:
        """Whether the client has taken some of what waits for it within `send_timeout`."""
        unsent = self._transport.get_write_buffer_size()
        if unsent != self._unsent or not unsent:
            self._unsent, self._taken_at = unsent, now
        return now - self._taken_at <= self._shared.settings.send_timeout

    def _leave(self) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.client_lost()

    def _read_pending(self) -> None:
        data, self._pending = self._pending, b""
        self.release()
        if data:
            self._read_requests(data)

    def _read_requests(self, data: bytes) -> None:
        """Start on the requests in `data` until one has to be waited for.

        None is begun while answers wait to be taken: who only asks would fill our memory.
        """
        heads, reader = self._heads, self._shared.reader
        while data and self._carrier is None and self._linger_until is None:
            if self.full:
                self.hold()
                break
            if not heads.started:
                self._since = time.monotonic()
            try:
                block, data = heads.feed(data)
                if block is None:
                    return
                data = self._begin(reader.read(block), data)
            except ProtocolError as error:
                self._refuse_malformed(error)
                return
        self._pending = data

    def _begin(self, request: Request, data: bytes) -> bytes:
        plan = request.plan
        self._head_only = plan.head.method == b"HEAD"
        if plan.path.startswith(own.PREFIX):
            return self._answer_own(request, data)
        ident = ulid(time.time())
        self._ident = ident.encode()
        recorder = None
        if plan.origin is not None:
            limit = self._shared.settings.max_capture_bytes
            recorder = Recorder(ident, plan.origin, limit=limit)
        relay = self._carrier = Relay(
            self._shared, self, request, ident=self._ident, recorder=recorder
        )
        return relay.start(data)

    def _answer_own(self, request: Request, data: bytes) -> bytes:
        plan = request.plan
        closing = bool(request.length) or plan.chunked or not plan.keeps_alive
        closing = closing or self._shared.draining
        said = own.answer(plan.head.method, plan.path, self._shared)
        self._ident = b""
        self._answer(said.status, said.body, closing=closing, content_type=said.content_type)
        if closing:
            self._linger()
        return data

    def _answer(
        self, status: int, body: bytes, *, closing: bool, content_type: bytes = PROBLEM_TYPE
    ) -> None:
        self.write(
            answer(
                status,
                body,
                content_type,
                exchange_id=self._ident,
                closing=closing,
                head_only=self._head_only,
            )
        )

    def _refuse_malformed(self, error: ProtocolError) -> None:
        self._shared.metrics.client_errors.inc()
        self._carrier = None
        self._head_only = False
        self._ident = ulid(time.time()).encode()
        kind = problem(error.status, error.detail, kind="urn:sidewatch:client_error")
        self._answer(error.status, kind, closing=True)
        self._linger()

    def _linger(self) -> None:
        """Close our side and wait for the client to close its own.

        Closing a socket with unread bytes resets it, and the reset may overtake the answer.
        """
        self._since = time.monotonic()
        self._linger_until = self._since + _LINGER_SECONDS
        self._pending = b""
        if self._transport.is_closing():
            return
        if self._held:
            self._held = False
            self._transport.resume_reading()
        self._transport.write_eof()

    def _linger_on(self) -> None:
        """The client is still sending, for nobody: let it finish, within bounds."""
        latest = self._since + _LONGEST_LINGER_SECONDS
        self._linger_until = min(time.monotonic() + _LINGER_SECONDS, latest)
