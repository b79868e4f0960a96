"""The gateway's own answers: problem documents (RFC 9457) and plain texts."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from monitor.gateway.http.hop import ID_HEADER

PROBLEM_TYPE = b"application/problem+json"
_encode = msgspec.json.Encoder().encode


def answer(
    status: int,
    body: bytes,
    content_type: bytes,
    *,
    exchange_id: bytes = b"",
    closing: bool = False,
    head_only: bool = False,
) -> bytes:
    """A whole response of the gateway's own."""
    phrase = HTTPStatus(status).phrase.encode()
    lines = [
        b"HTTP/1.1 %d %b" % (status, phrase),
        b"content-type: " + content_type,
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
    ]
    if exchange_id:
        lines.append(b"%b: %b" % (ID_HEADER, exchange_id))
    if closing:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if head_only else body)


def problem(status: int, detail: str, *, kind: str = "about:blank") -> bytes:
    """The body of a problem document. `kind` is a URI reference, stable for programs to compare."""
    title = HTTPStatus(status).phrase
    return _encode({"type": kind, "title": title, "status": status, "detail": detail})
