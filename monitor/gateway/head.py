"""Message heads (RFC 9112, sections 2 to 5): found in the bytes, parsed strictly, checked.

The grammar is llhttp's in its strict mode; what it lets pass and we do not is checked here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import httptools

from monitor.gateway.errors import ProtocolError
from monitor.gateway.framing import BodyReader, ChunkedReader, LengthReader, UntilCloseReader

Headers = list[tuple[bytes, bytes]]

_END = b"\r\n\r\n"
_FIELD = re.compile(rb"\r\n([^:\r]+):[ \t]*([^\r]*)")
_DIGITS = re.compile(rb"[0-9]{1,18}")
_METHODS_WITHOUT_PATH = frozenset({b"CONNECT"})


class RequestHead(NamedTuple):
    """A request's first lines. `lower` maps lower-case names to values; a repeated field's last."""

    method: bytes
    target: bytes
    http_1_1: bool
    headers: Headers
    lower: dict[bytes, bytes]


class ResponseHead(NamedTuple):
    """A response's first lines."""

    status: int
    reason: bytes
    http_1_1: bool
    headers: Headers
    lower: dict[bytes, bytes]


class HeadBuffer:
    """Collects bytes until a head is complete.

    `rest` holds what came behind it. `started` tells a silent peer from one in mid-head.
    """

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit: int) -> None:
        self._buffer = b""
        self._limit = limit

    @property
    def started(self) -> bool:
        """Whether part of a head has come."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> bytes | None:
        """The head with its closing blank line once it is whole; the rest waits in `take_rest`."""
        buffer = self._buffer + data if self._buffer else data
        if not self._buffer and buffer[:2] == b"\r\n":
            buffer = buffer[2:]  # RFC 9112, 2.2: one empty line before a request line is ignored
        found = buffer.find(_END)
        if found < 0:
            self._buffer = buffer
            self._check(buffer)
            return None
        head, self._buffer = buffer[: found + 4], buffer[found + 4 :]
        self._check(head)
        return head

    def take_rest(self) -> bytes:
        """The bytes behind the head; the buffer is empty afterwards."""
        rest, self._buffer = self._buffer, b""
        return rest

    def _check(self, head: bytes) -> None:
        if len(head) > self._limit:
            raise ProtocolError("the head is larger than the limit", status=431)
        if head.count(b"\n") != head.count(b"\r\n"):
            raise ProtocolError("a line of the head does not end in CRLF")


class _Collector:
    """llhttp's callbacks."""

    __slots__ = ("complete", "reason", "url")

    def __init__(self) -> None:
        self.url = b""
        self.reason = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_headers_complete(self) -> None:
        self.complete = True


def _fields(head: bytes) -> Headers:
    """The fields of a head that llhttp has accepted, so that no line can mean anything else."""
    fields: Headers = _FIELD.findall(head)
    if b" \r\n" in head or b"\t\r\n" in head:
        return [(name, value.rstrip(b" \t")) for name, value in fields]
    return fields


def parse_request(head: bytes) -> RequestHead:
    """The request head in `head`, which ends in a blank line.

    Raises
    ------
    ProtocolError
        It is malformed, ambiguous, or asks for what the gateway does not do.
    """
    found = _Collector()
    parser = httptools.HttpRequestParser(found)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserInvalidMethodError as error:
        raise ProtocolError("the method is not known", status=501) from error
    except httptools.HttpParserError as error:
        raise ProtocolError(f"the request head is malformed: {error}") from error
    method, version = parser.get_method(), parser.get_http_version()
    if version not in {"1.1", "1.0"}:
        raise ProtocolError("only versions 1.1 and 1.0 of HTTP are spoken here", status=505)
    fields = _fields(head)
    lower = {name.lower(): value for name, value in fields}
    target = _origin_form(method, found.url)
    request = RequestHead(method, target, version == "1.1", fields, lower)
    _check_request(request, found.complete)
    return request


def parse_response(head: bytes) -> ResponseHead:
    """The response head in `head`, which ends in a blank line.

    Raises
    ------
    ProtocolError
        It is malformed or ambiguous.
    """
    found = _Collector()
    parser = httptools.HttpResponseParser(found)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise ProtocolError(f"the response head is malformed: {error}", status=502) from error
    if not found.complete or parser.get_http_version() not in {"1.1", "1.0"}:
        raise ProtocolError("the response head is malformed", status=502)
    fields = _fields(head)
    lower = {name.lower(): value for name, value in fields}
    newer = parser.get_http_version() == "1.1"
    return ResponseHead(parser.get_status_code(), found.reason, newer, fields, lower)


def request_body(head: RequestHead) -> BodyReader:
    """How the request's body is framed (RFC 9112, 6.3)."""
    coding = head.lower.get(b"transfer-encoding")
    if coding is None:
        return LengthReader(_content_length(head) or 0)
    if coding.lower() != b"chunked" or _count(head, b"transfer-encoding") > 1:
        raise ProtocolError("no transfer coding but chunked is understood", status=501)
    if not head.http_1_1:
        raise ProtocolError("HTTP/1.0 has no transfer codings")
    return ChunkedReader()


def response_body(head: ResponseHead, method: bytes) -> BodyReader:
    """How the body of the answer to `method` is framed (RFC 9112, 6.3)."""
    if method == b"HEAD" or head.status in {204, 304} or head.status < 200:
        return LengthReader(0)
    coding = head.lower.get(b"transfer-encoding")
    if coding is not None:
        if coding.lower() != b"chunked" or b"content-length" in head.lower:
            raise ProtocolError("the framing of the response is ambiguous", status=502)
        return ChunkedReader()
    try:
        length = _content_length(head)
    except ProtocolError as error:
        raise ProtocolError(error.detail, status=502) from error
    return UntilCloseReader() if length is None else LengthReader(length)


def keeps_alive(head: RequestHead | ResponseHead) -> bool:
    """Whether the peer keeps the connection open behind this message (RFC 9112, 9.3)."""
    options = connection_options(head)
    if b"close" in options:
        return False
    return head.http_1_1 or b"keep-alive" in options


def connection_options(head: RequestHead | ResponseHead) -> set[bytes]:
    """The lower-case options of every Connection field."""
    if b"connection" not in head.lower:
        return set()
    fields = (value for name, value in head.headers if name.lower() == b"connection")
    return {option.strip(b" \t").lower() for option in b",".join(fields).split(b",")}


def _origin_form(method: bytes, target: bytes) -> bytes:
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return target
    if method in _METHODS_WITHOUT_PATH:
        raise ProtocolError("this is a reverse proxy; it opens no tunnels", status=501)
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in {b"http", b"https"}:
        raise ProtocolError("the request target is neither a path nor an http URL")
    authority, slash, path = rest.partition(b"/")
    if not authority:
        raise ProtocolError("the request target names no host")
    return slash + path if slash else b"/"


def _check_request(request: RequestHead, complete: bool) -> None:  # noqa: FBT001
    if not complete:
        raise ProtocolError("the request head is malformed")
    hosts = _count(request, b"host")
    if hosts > 1 or (hosts == 0 and request.http_1_1):
        raise ProtocolError("exactly one Host field is required")
    if b"transfer-encoding" in request.lower and b"content-length" in request.lower:
        raise ProtocolError("Content-Length and Transfer-Encoding exclude each other")


def _content_length(head: RequestHead | ResponseHead) -> int | None:
    value = head.lower.get(b"content-length")
    if value is None:
        return None
    if not _DIGITS.fullmatch(value):
        raise ProtocolError("the Content-Length is not one number")
    if len(head.lower) != len(head.headers) and any(
        other != value for name, other in head.headers if name.lower() == b"content-length"
    ):
        raise ProtocolError("the Content-Length is given twice")
    return int(value)


def _count(head: RequestHead, name: bytes) -> int:
    if len(head.lower) == len(head.headers):  # no field is repeated
        return name in head.lower
    return sum(field.lower() == name for field, _ in head.headers)
