"""From one hop to the next: which header fields go on, and which are ours (RFC 9110, 7.6)."""

from __future__ import annotations

from monitor.gateway.head import RequestHead, ResponseHead, connection_options

ID_HEADER = b"x-sidewatch-id"
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"transfer-encoding", b"upgrade"}
)
_DROPPED_FROM_REQUEST = _HOP_BY_HOP | {b"host", b"x-forwarded-for"}
_DROPPED_FROM_RESPONSE = _HOP_BY_HOP | {ID_HEADER}
_END_TO_END = frozenset({b"content-length", b"host", b"content-type", b"content-encoding"})


def request_to_upstream(head: RequestHead, *, authority: bytes, base: bytes, peer: bytes) -> bytes:
    """The head to send to the upstream for a client's.

    Host becomes the upstream's; who asked, for what and how goes into the `X-Forwarded` fields. A
    Connection option may name a field to be dropped, but not one that frames or routes the message.
    """
    dropped = _with_options(_DROPPED_FROM_REQUEST, head)
    if not head.http_1_1:
        dropped = dropped | {b"expect"}
    lines = [b"%b %b%b HTTP/1.1" % (head.method, base, head.target), b"host: " + authority]
    lines += [b"%b: %b" % field for field in head.headers if field[0].lower() not in dropped]
    if b"transfer-encoding" in head.lower:
        lines.append(b"transfer-encoding: chunked")
    if b"trailers" in head.lower.get(b"te", b"").lower():
        lines.append(b"te: trailers\r\nconnection: te")
    lines += _forwarded(head, peer)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _with_options(dropped: frozenset[bytes], head: RequestHead | ResponseHead) -> frozenset[bytes]:
    """Also drop what the Connection field names."""
    if b"connection" not in head.lower:
        return dropped
    return dropped | (connection_options(head) - _END_TO_END)


def _forwarded(head: RequestHead, peer: bytes) -> list[bytes]:
    if b"x-forwarded-for" in head.lower:
        came_by = (v for name, v in head.headers if name.lower() == b"x-forwarded-for")
        peer = b", ".join((*came_by, peer))
    lines = [b"x-forwarded-for: " + peer]
    if b"x-forwarded-proto" not in head.lower:
        lines.append(b"x-forwarded-proto: http")
    if b"x-forwarded-host" not in head.lower and b"host" in head.lower:
        lines.append(b"x-forwarded-host: " + head.lower[b"host"])
    lines.append(b"via: 1.1 sidewatch" if head.http_1_1 else b"via: 1.0 sidewatch")
    return lines


def response_to_client(
    head: ResponseHead, *, exchange_id: bytes, chunked: bool, closing: bool
) -> bytes:
    """The head to send to the client for the upstream's.

    `closing` says that the connection ends behind this answer; it is left out for interim ones.
    """
    dropped = _with_options(_DROPPED_FROM_RESPONSE, head)
    lines = [b"HTTP/1.1 %d %b" % (head.status, head.reason)]
    lines += [b"%b: %b" % field for field in head.headers if field[0].lower() not in dropped]
    if chunked:
        lines.append(b"transfer-encoding: chunked")
    if head.status >= 200:
        lines.append(b"%b: %b" % (ID_HEADER, exchange_id))
    if closing:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"
