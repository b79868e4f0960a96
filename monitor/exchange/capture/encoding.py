"""Compressed bodies, decoded for recording only and never beyond a limit."""

from __future__ import annotations

import zlib
from typing import Protocol

# What one piece of a body that is read as it passes may be, or inflate to: about a socket's read.
LARGEST_PIECE = 262_144
_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_MOST_MEMBERS = 1_000  # small and empty ones cost much more than their bytes


class EncodingError(ValueError):
    """The body is not what its Content-Encoding says."""


class Decoder(Protocol):
    """Turns the bytes of a body into its content. `overflowed` once content beyond a limit fell."""

    overflowed: bool

    def feed(self, data: bytes, limit: int) -> bytes:
        """The content in `data`, at most `limit` bytes of it; nothing more behind an overflow."""
        ...


class Identity:
    """A body that is not compressed."""

    __slots__ = ("overflowed",)

    def __init__(self) -> None:
        self.overflowed = False

    def feed(self, data: bytes, limit: int) -> bytes:
        """The same bytes."""
        if len(data) <= limit:
            return data
        self.overflowed = True
        return data[:limit]


class Inflate:
    """gzip and deflate. Servers send deflate with and without its zlib wrapper: both are read."""

    __slots__ = ("_members", "_stream", "_wrapped", "overflowed")

    def __init__(self, *, gzip: bool) -> None:
        self._stream = zlib.decompressobj(_GZIP) if gzip else None
        self._members = _MOST_MEMBERS if gzip else 0
        self._wrapped = b""
        self.overflowed = False

    def feed(self, data: bytes, limit: int) -> bytes:
        """What `data` inflates to."""
        if self._stream is None:
            self._wrapped += data
            if len(self._wrapped) < 2:
                return b""
            data, self._wrapped = self._wrapped, b""
            self._stream = zlib.decompressobj(_ZLIB if _has_zlib_header(data) else _RAW_DEFLATE)
        if self.overflowed or limit <= 0:
            self.overflowed = True
            return b""
        try:
            return self._inflate(self._stream, data, limit)
        except zlib.error as error:
            raise EncodingError(str(error)) from error

    def _inflate(self, stream: zlib._Decompress, data: bytes, limit: int) -> bytes:
        content = stream.decompress(data, limit)
        while stream.eof and (rest := stream.unused_data):
            if not self._members:
                raise EncodingError("there is too much behind the end of the compressed body")
            if len(content) >= limit:
                self.overflowed = True
                return content
            # RFC 1952, 2.2: members follow each other, and what they hold is one content.
            self._members -= 1
            stream = self._stream = zlib.decompressobj(_GZIP)
            content += stream.decompress(rest, limit - len(content))
        self.overflowed = bool(stream.unconsumed_tail)
        return content


def _has_zlib_header(data: bytes) -> bool:
    return data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0


def decoder(content_encoding: str) -> Decoder | None:
    """The decoder for a Content-Encoding; None if it is not one we read."""
    if not content_encoding:
        return Identity()
    match content_encoding.strip().lower():
        case "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Inflate(gzip=True)
        case "deflate":
            return Inflate(gzip=False)
        case _:
            return None
