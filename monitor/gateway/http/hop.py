"""From one hop to the next: which header fields go on, and which are ours (RFC 9110, 7.6)."""

from __future__ import annotations

import re

from monitor.gateway.http.head import RequestHead, ResponseHead, connection_options

ID_HEADER = b"x-sidewatch-id"
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade"}
)
_DROPPED_FROM_REQUEST = _HOP_BY_HOP | {b"host", b"x-forwarded-for"}
_DROPPED_FROM_RESPONSE = _HOP_BY_HOP | {ID_HEADER}
_END_TO_END = frozenset({b"content-length", b"host", b"content-type", b"content-encoding"})
_USUAL_OPTIONS = frozenset({b"keep-alive", b"close", b"Keep-Alive", b"Close", b""})


def _lines_of(names: frozenset[bytes]) -> re.Pattern[bytes]:
    """The lines of these fields, in a head that was parsed."""
    return re.compile(rb"(?i:\r\n(?:" + b"|".join(map(re.escape, sorted(names))) + rb"):)[^\r]*+")


_REQUEST_LINES = _lines_of(_DROPPED_FROM_REQUEST)
_RESPONSE_LINES = _lines_of(_DROPPED_FROM_RESPONSE)


def request_to_upstream(
    head: RequestHead, authority: bytes, path: bytes, *, switching: bool
) -> bytes:
    """The head to send to the upstream for a client's, up to the client's address.

    Host becomes the upstream's; who asked, for what and how goes into the `X-Forwarded` fields. A
    Connection option may name a field to be dropped, but not one that frames or routes the message.
    `switching` asks the upstream for the protocol that the client asks for.
    """
    passed = _passed_on(head, _REQUEST_LINES)
    if not head.http_1_1 and b"expect" in head.lower:
        passed = _lines_of(frozenset({b"expect"})).sub(b"", passed)
    out = [b"%b %b HTTP/1.1\r\nhost: %b%b" % (head.method, path, authority, passed)]
    if b"transfer-encoding" in head.lower:
        out.append(b"transfer-encoding: chunked")
    if switching:
        out.append(b"connection: upgrade\r\nupgrade: " + head.lower[b"upgrade"])
    elif b"te" in head.lower and b"trailers" in head.lower[b"te"].lower():
        out.append(b"te: trailers\r\nconnection: te")
    out += _forwarded(head)
    return b"\r\n".join(out)


def _passed_on(head: RequestHead | ResponseHead, dropped: re.Pattern[bytes]) -> bytes:
    """The field lines that go on as they came; not those that the Connection field names."""
    passed = dropped.sub(b"", head.fields)
    if head.lower.get(b"connection", b"") in _USUAL_OPTIONS and not _repeats(head):
        return passed
    named = connection_options(head) - _END_TO_END - {b""}
    return _lines_of(frozenset(named)).sub(b"", passed) if named else passed


def _repeats(head: RequestHead | ResponseHead) -> bool:
    return len(head.lower) != len(head.headers)


def _forwarded(head: RequestHead) -> list[bytes]:
    """What the next hop learns of this one; the last line waits for the client's address."""
    lines = [b"via: 1.1 sidewatch" if head.http_1_1 else b"via: 1.0 sidewatch"]
    if b"x-forwarded-proto" not in head.lower:
        lines.append(b"x-forwarded-proto: http")
    if b"x-forwarded-host" not in head.lower and b"host" in head.lower:
        lines.append(b"x-forwarded-host: " + head.lower[b"host"])
    came_by = [v for name, v in head.headers if name.lower() == b"x-forwarded-for"]
    lines.append(b"x-forwarded-for: " + b"".join(address + b", " for address in came_by))
    return lines


def response_to_client(head: ResponseHead, *, switching: bool = False) -> bytes:
    """The head to send to the client for the upstream's, without its framing and its end."""
    passed = _passed_on(head, _RESPONSE_LINES)
    out = b"HTTP/1.1 %d %b%b" % (head.status, head.reason, passed)
    if switching:
        out += b"\r\nconnection: upgrade\r\nupgrade: " + head.lower.get(b"upgrade", b"")
    return out
