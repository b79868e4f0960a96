"""What a request asks of the gateway: its head parsed, checked, routed and rewritten.

Clients repeat themselves: from one request to the next mostly the length of the body changes. So
the length is read apart, and what the rest of the head means is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from monitor.exchange.recorder import Origin
from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.framing import BodyReader, ChunkedReader, LengthReader
from monitor.gateway.http.head import (
    RequestHead,
    connection_options,
    content_length,
    cut_length,
    keeps_alive,
    occurrences,
    parse_request,
)
from monitor.gateway.http.hop import request_to_upstream
from monitor.gateway.upstreams.routes import Routes, Upstream
from monitor.gateway.who import Identify
from monitor.metrics.gateway import METHODS

_REMEMBERED = 512
_LONGEST_REMEMBERED = 2_048
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"})


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What stays the same when the same head comes again with a body of another length.

    `forward` is the head to send on, up to the address of the peer. `length` is that of a body
    whose length was not cut from the head. `origin` is None for what is not an exchange with a
    model: all but a posted body and a change of protocol.
    """

    head: RequestHead
    upstream: Upstream
    forward: bytes
    forwarded: bool
    origin: Origin | None
    path: bytes
    method: str
    length: int
    chunked: bool
    keeps_alive: bool
    idempotent: bool
    switches: bool


class Request(NamedTuple):
    """One request: the plan, and the length of its body with the field line that gave it."""

    plan: RequestPlan
    length: int
    length_line: bytes

    def body(self) -> BodyReader:
        """How the body is framed (RFC 9112, 6.3)."""
        return ChunkedReader() if self.plan.chunked else LengthReader(self.length)

    def to_upstream(self, peer: bytes) -> bytes:
        """The head to send on, for a client at the address `peer`."""
        plan = self.plan
        if plan.forwarded:  # RFC 7239: whoever adds to the list adds at its end
            quoted = b'"[%b]"' % peer if b":" in peer else peer
            peer = b"%b\r\nforwarded: for=%b" % (peer, quoted)
        return b"%b%b%b\r\n\r\n" % (plan.forward, peer, self.length_line)


class RequestReader:
    """Reads the heads of requests to one gateway."""

    def __init__(self, routes: Routes, identify: Identify) -> None:
        self._routes = routes
        self._identify = identify
        self._remembered: Callable[[bytes], RequestPlan] = lru_cache(_REMEMBERED)(self._plan)

    def read(self, head: bytes) -> Request:
        """The request whose head, with its blank line, is `head`.

        Raises
        ------
        ProtocolError
            It is malformed, ambiguous, or asks for what the gateway does not do.
        """
        rest, line, length = cut_length(head)
        plan = (self._remembered if len(rest) <= _LONGEST_REMEMBERED else self._plan)(rest)
        if not line:
            return Request(plan, plan.length, b"")
        if plan.chunked:
            raise ProtocolError("Content-Length and Transfer-Encoding exclude each other")
        if b"content-length" in plan.head.lower:
            raise ProtocolError("the Content-Length is given twice")
        return Request(plan, length, line)

    def _plan(self, rest: bytes) -> RequestPlan:
        head = parse_request(rest)
        path = head.target.partition(b"?")[0]
        upstream = self._routes.find(path)
        method = head.method.decode()
        switches = _asks_for_websocket(head)
        asks = head.method == b"POST" or switches
        authority = upstream.target.authority
        return RequestPlan(
            head=head,
            upstream=upstream,
            forward=request_to_upstream(
                head, authority, upstream.path(head.target), switching=switches
            ),
            forwarded=b"forwarded" in head.lower,
            origin=self._identify.origin(path.decode("latin-1"), head.lower) if asks else None,
            path=path,
            method=method if method in METHODS else "other",
            length=content_length(head) or 0,
            chunked=_is_chunked(head),
            keeps_alive=head.http_1_1 and keeps_alive(head),
            idempotent=head.method in _IDEMPOTENT,
            switches=switches,
        )


def _asks_for_websocket(head: RequestHead) -> bool:
    """Whether the protocol is to change (RFC 6455, 4.1); to any other it does not change here.

    Behind a change to HTTP/2 in clear text, for one, requests would pass that nobody sees.
    """
    asked = head.lower.get(b"upgrade", b"").lower() == b"websocket" and head.method == b"GET"
    return asked and b"upgrade" in connection_options(head)


def _is_chunked(head: RequestHead) -> bool:
    coding = head.lower.get(b"transfer-encoding")
    if coding is None:
        return False
    if coding.lower() != b"chunked" or occurrences(head, b"transfer-encoding") > 1:
        raise ProtocolError("no transfer coding but chunked is understood", status=501)
    if not head.http_1_1:
        raise ProtocolError("HTTP/1.0 has no transfer codings")
    return True
