"""What an upstream's head says of the answer, worked out once for heads that come again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.framing import BodyReader, ChunkedReader, LengthReader, UntilCloseReader
from monitor.gateway.http.head import (
    ResponseHead,
    content_length,
    cut_length,
    keeps_alive,
    occurrences,
    parse_response,
)
from monitor.gateway.http.hop import ID_HEADER, response_to_client

_REMEMBERED = 512
_LONGEST_REMEMBERED = 2_048
_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """What stays the same when the same head comes again with a body of another length.

    `forward` is the head to send on, up to the framing; `length` that of a body whose length was
    not cut from the head, None if it has none.
    """

    head: ResponseHead
    status: int
    forward: bytes
    length: int | None
    chunked: bool
    keeps_alive: bool
    content_type: str
    content_encoding: str


class Response(NamedTuple):
    """One answer: the plan, and the length of its body with the field line that gave it."""

    plan: ResponsePlan
    length: int | None
    length_line: bytes

    def body(self, method: bytes) -> BodyReader:
        """How the body of the answer to `method` is framed (RFC 9112, 6.3)."""
        status = self.plan.status
        if method == b"HEAD" or status in _WITHOUT_BODY or status < 200:
            return LengthReader(0)
        if self.plan.chunked:
            return ChunkedReader()
        return UntilCloseReader() if self.length is None else LengthReader(self.length)

    def to_client(self, ident: bytes, *, chunked: bool, closing: bool) -> bytes:
        """The head to send on; `closing` says that the connection ends behind this answer."""
        return b"%b%b%b\r\n%b: %b%b\r\n\r\n" % (
            self.plan.forward,
            self.length_line,
            b"\r\ntransfer-encoding: chunked" if chunked else b"",
            ID_HEADER,
            ident,
            b"\r\nconnection: close" if closing else b"",
        )


def read_response(head: bytes) -> Response:
    """The answer whose head, with its blank line, is `head`.

    Raises
    ------
    ProtocolError
        It is malformed or ambiguous.
    """
    rest, line, length = cut_length(head)
    plan = (_remembered if len(rest) <= _LONGEST_REMEMBERED else _plan)(rest)
    if not line:
        return Response(plan, plan.length, b"")
    if plan.length is not None or plan.chunked:
        raise ProtocolError("the framing of the response is ambiguous", status=502)
    return Response(plan, length, line)


def _plan(rest: bytes) -> ResponsePlan:
    head = parse_response(rest)
    return ResponsePlan(
        head=head,
        status=head.status,
        forward=response_to_client(head, switching=head.status == 101),
        length=_length(head),
        chunked=_is_chunked(head),
        keeps_alive=keeps_alive(head),
        content_type=head.lower.get(b"content-type", b"").decode("latin-1"),
        content_encoding=head.lower.get(b"content-encoding", b"").decode("latin-1"),
    )


_remembered = lru_cache(_REMEMBERED)(_plan)


def _length(head: ResponseHead) -> int | None:
    try:
        return content_length(head)
    except ProtocolError as error:
        raise ProtocolError(error.detail, status=502) from error


def _is_chunked(head: ResponseHead) -> bool:
    coding = head.lower.get(b"transfer-encoding")
    if coding is None:
        return False
    once = occurrences(head, b"transfer-encoding") == 1
    if not once or coding.lower() != b"chunked" or b"content-length" in head.lower:
        raise ProtocolError("the framing of the response is ambiguous", status=502)
    return True
