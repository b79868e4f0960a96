"""Message heads (RFC 9112, sections 2 to 5): found in the bytes, parsed strictly, checked.

One pattern is the whole grammar of a head, and what it does not match is refused: no folded lines,
no bare CR or LF, no control characters, no space before a colon. Within what it does match, a line
end can only end a line and the first colon only end a name.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from monitor.gateway.errors import ProtocolError

Headers = list[tuple[bytes, bytes]]

END = b"\r\n\r\n"
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_TEXT = rb"[\t\x20-\x7e\x80-\xff]*+"
_FIELDS = rb"((?:\r\n" + _TOKEN + rb":" + _TEXT + rb")*+)\r\n\r\n"
_REQUEST = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]++) HTTP/([0-9]\.[0-9])" + _FIELDS)
_RESPONSE = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: (" + _TEXT + rb"))?" + _FIELDS)
_FIELD = re.compile(rb"\r\n([^:]++):[ \t]*+([^\r]*+)")
_ODD_SPACE = (b":  ", b":\t", b" \r\n", b"\t\r\n")
_DIGITS = re.compile(rb"[0-9]{1,18}")
# As clients write it; in any other spelling it is found among the other fields.
_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: ([0-9]{1,18})(?=\r\n)")
_LONGEST_METHOD = 64
_SLASH = ord("/")


class RequestHead(NamedTuple):
    """A request's first lines.

    `lower` maps lower-case names to values; a repeated field's last. `fields` are the field lines as
    they came, each behind its CRLF.
    """

    method: bytes
    target: bytes
    http_1_1: bool
    headers: Headers
    lower: dict[bytes, bytes]
    fields: bytes


class ResponseHead(NamedTuple):
    """A response's first lines."""

    status: int
    reason: bytes
    http_1_1: bool
    headers: Headers
    lower: dict[bytes, bytes]
    fields: bytes


class HeadBuffer:
    """Collects bytes until a head is complete.

    `started` tells a silent peer from one in mid-head.
    """

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit: int) -> None:
        self._buffer = b""
        self._limit = limit

    @property
    def started(self) -> bool:
        """Whether part of a head has come."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> tuple[bytes | None, bytes]:
        """The head with its closing blank line, and what came behind it; None until it is whole.

        Raises
        ------
        ProtocolError
            It is larger than the limit, or has a line that does not end in CRLF.
        """
        if not self._buffer and not data.startswith(b"\r\n"):
            end = data.find(END) + 4
            if 4 < end <= self._limit:
                return data[:end], data[end:]  # in one piece, as nearly all come
        return self._collect(self._buffer + data)

    def _collect(self, buffer: bytes) -> tuple[bytes | None, bytes]:
        if buffer.startswith(b"\r\n"):
            buffer = buffer[2:]  # RFC 9112, 2.2: one empty line before a request line is ignored
        end = buffer.find(END) + 4
        if 4 <= end <= self._limit:
            self._buffer = b""
            return buffer[:end], buffer[end:]
        self._buffer = buffer
        head = buffer[:end] if end >= 4 else buffer
        if len(head) > self._limit:
            raise ProtocolError("the head is larger than the limit", status=431)
        if head.count(b"\n") != head.count(b"\r\n"):
            raise ProtocolError("a line of the head does not end in CRLF")
        return None, b""


def cut_length(head: bytes) -> tuple[bytes, bytes, int]:
    """A head without its Content-Length, the line that gave it, and the length.

    The line is empty and the length 0 where there is none, or where it is spelt in an unusual way.
    """
    match = _LENGTH.search(head)
    if match is None:
        return head, b"", 0
    start, end = match.span()
    return head[:start] + head[end:], match[0], int(match[1])


def _read_fields(fields: bytes) -> tuple[Headers, bytes]:
    """Names and values, and the lines to pass on: those with odd space are written anew."""
    found: Headers = _FIELD.findall(fields)
    if not (any(map(fields.__contains__, _ODD_SPACE)) or fields.endswith((b" ", b"\t"))):
        return found, fields
    found = [(name, value.rstrip(b" \t")) for name, value in found]
    return found, b"".join([b"\r\n%b: %b" % field for field in found])


def parse_request(head: bytes) -> RequestHead:
    """The request head in `head`, which ends in a blank line.

    Raises
    ------
    ProtocolError
        It is malformed, ambiguous, or asks for what the gateway does not do.
    """
    match = _REQUEST.fullmatch(head)
    if match is None:
        raise ProtocolError("the request head is malformed")
    method, target, version, fields = match.groups()
    if version not in {b"1.1", b"1.0"}:
        raise ProtocolError("only versions 1.1 and 1.0 of HTTP are spoken here", status=505)
    if len(method) > _LONGEST_METHOD or method == b"CONNECT":
        raise ProtocolError("this is a reverse proxy; it opens no tunnels", status=501)
    if target[0] != _SLASH:
        target = _origin_form(method, target)
    headers, fields = _read_fields(fields)
    lower = {name.lower(): value for name, value in headers}
    request = RequestHead(method, target, version == b"1.1", headers, lower, fields)
    _check_request(request)
    return request


def parse_response(head: bytes) -> ResponseHead:
    """The response head in `head`, which ends in a blank line.

    Raises
    ------
    ProtocolError
        It is malformed or ambiguous.
    """
    match = _RESPONSE.fullmatch(head)
    if match is None or match[2] < b"100":
        raise ProtocolError("the response head is malformed", status=502)
    minor, status, reason, fields = match.groups(b"")
    headers, fields = _read_fields(fields)
    lower = {name.lower(): value for name, value in headers}
    return ResponseHead(int(status), reason, minor == b"1", headers, lower, fields)


def keeps_alive(head: RequestHead | ResponseHead) -> bool:
    """Whether the peer keeps the connection open behind this message (RFC 9112, 9.3)."""
    if b"connection" not in head.lower:
        return head.http_1_1
    options = connection_options(head)
    if b"close" in options:
        return False
    return head.http_1_1 or b"keep-alive" in options


def connection_options(head: RequestHead | ResponseHead) -> set[bytes]:
    """The lower-case options of every Connection field."""
    fields = (value for name, value in head.headers if name.lower() == b"connection")
    return {option.strip(b" \t").lower() for option in b",".join(fields).split(b",")}


def _origin_form(method: bytes, target: bytes) -> bytes:
    if target == b"*" and method == b"OPTIONS":
        return target
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in {b"http", b"https"}:
        raise ProtocolError("the request target is neither a path nor an http URL")
    authority, slash, path = rest.partition(b"/")
    if not authority:
        raise ProtocolError("the request target names no host")
    return slash + path if slash else b"/"


def _check_request(request: RequestHead) -> None:
    hosts = occurrences(request, b"host")
    if hosts > 1 or (hosts == 0 and request.http_1_1):
        raise ProtocolError("exactly one Host field is required")
    if b"transfer-encoding" in request.lower and b"content-length" in request.lower:
        raise ProtocolError("Content-Length and Transfer-Encoding exclude each other")


def content_length(head: RequestHead | ResponseHead) -> int | None:
    """The Content-Length among the fields; None if there is none.

    Raises
    ------
    ProtocolError
        It is not one number, or given twice.
    """
    value = head.lower.get(b"content-length")
    if value is None:
        return None
    if not _DIGITS.fullmatch(value):
        raise ProtocolError("the Content-Length is not one number")
    if occurrences(head, b"content-length") > 1:
        raise ProtocolError("the Content-Length is given twice")
    return int(value)


def occurrences(head: RequestHead | ResponseHead, name: bytes) -> int:
    """How many fields have this lower-case name."""
    if len(head.lower) == len(head.headers):  # no field is repeated
        return name in head.lower
    return sum(field.lower() == name for field, _ in head.headers)
