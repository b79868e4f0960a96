"""Where a message's body ends (RFC 9112, section 6): bytes in, content and the end out, no I/O.

A reader is fed whatever arrived behind the head. `feed` returns the content in those bytes, without
its framing, and sets `end` to the offset behind the last byte that belongs to this message, so a
caller can relay `data[:end]` as it came, or frame the content anew. Anything the grammar does not
allow is refused: two parties that read a lenient message differently are how requests are smuggled.
"""

from __future__ import annotations

import re
from typing import Protocol

from monitor.gateway.errors import ProtocolError

MAX_TRAILER_BYTES = 16_384
_MAX_CHUNK_LINE = 1_024
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]{0,9};[\t\x20-\x7e\x80-\xff]{0,996})?\r\n")
_TRAILER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t\x20-\x7e\x80-\xff]*\Z")
_FORBIDDEN_TRAILERS = frozenset(
    {b"transfer-encoding", b"content-length", b"host", b"connection", b"trailer", b"te"}
    | {b"authorization", b"content-encoding", b"content-type", b"cookie", b"set-cookie"}
    | {b"x-sidewatch-id"}
)


class BodyReader(Protocol):
    """Finds the end of one body."""

    done: bool
    end: int

    def feed(self, data: bytes) -> list[bytes]:
        """The content in `data`; sets `end` and `done`. Not called again once done."""
        ...

    def close(self) -> bool:
        """The peer closed: whether the body is whole."""
        ...


class LengthReader:
    """A body of a length given beforehand; zero for a message without one."""

    __slots__ = ("_left", "done", "end")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0
        self.end = 0

    def feed(self, data: bytes) -> list[bytes]:
        """As many bytes as the length still allows."""
        size = len(data)
        if size < self._left:
            self._left -= size
            self.end = size
            return [data]
        self.end = self._left
        self._left = 0
        self.done = True
        return [data] if self.end == size else [data[: self.end]]

    def close(self) -> bool:
        """Whether the body is whole."""
        return self.done


class UntilCloseReader:
    """A body that ends with the connection: a response with neither length nor chunks."""

    __slots__ = ("done", "end")

    def __init__(self) -> None:
        self.done = False
        self.end = 0

    def feed(self, data: bytes) -> list[bytes]:
        """All of it."""
        self.end = len(data)
        return [data]

    def close(self) -> bool:
        """Whether the body is whole."""
        self.done = True
        return True


_SIZE, _DATA, _DATA_END, _TRAILERS = range(4)


class ChunkedReader:
    """A chunked body. `trailers` holds the trailer lines, without their line ends."""

    __slots__ = ("_left", "_line", "_state", "_trailer_bytes", "done", "end", "trailers")

    def __init__(self) -> None:
        self._state = _SIZE
        self._left = 0
        self._line = b""
        self._trailer_bytes = 0
        self.done = False
        self.end = 0
        self.trailers: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """The content of the chunks in `data`, of one cut by its end too."""
        if (whole := self._one_chunk(data)) is not None:
            return [whole]
        content: list[bytes] = []
        position, size = 0, len(data)
        while position < size and not self.done:
            if self._state == _SIZE:
                position = self._take_chunk(data, position, content)
            elif self._state == _DATA:
                position = self._take_content(data, position, content)
            elif self._state == _DATA_END:
                position = self._take_data_end(data, position)
            else:
                position = self._take_trailer(data, position)
        self.end = position
        return content

    def close(self) -> bool:
        """Whether the body is whole."""
        return self.done

    def _one_chunk(self, data: bytes) -> bytes | None:
        """The content, if `data` is one whole chunk, as what a streaming server sends mostly is."""
        if self._state != _SIZE or self._line or (match := _CHUNK_LINE.match(data)) is None:
            return None
        start, end = match.end(), len(data)
        if start + int(match[1], 16) + 2 != end or end == start + 2 or data[-2:] != b"\r\n":
            return None
        self.end = end
        return data[start:-2]

    def _take_chunk(self, data: bytes, position: int, content: list[bytes]) -> int:
        """A size, and the chunk behind it if it is there: chunks mostly come whole."""
        if self._line or (match := _CHUNK_LINE.match(data, position)) is None:
            line, position = self._take_line(data, position, _MAX_CHUNK_LINE)
            if line is None:
                return position
            if (match := _CHUNK_LINE.fullmatch(line)) is None:
                raise ProtocolError("a chunk size is not a hexadecimal number")
        else:
            position = match.end()
        size = int(match[1], 16)
        stop = position + size
        if size and data.startswith(b"\r\n", stop):
            content.append(data[position:stop])
            return stop + 2
        self._left = size
        self._state = _DATA if size else _TRAILERS
        return position

    def _take_content(self, data: bytes, position: int, content: list[bytes]) -> int:
        stop = position + self._left
        if stop > len(data):
            content.append(data[position:])
            self._left -= len(data) - position
            return len(data)
        content.append(data[position:stop])
        self._state = _DATA_END
        return stop

    def _take_data_end(self, data: bytes, position: int) -> int:
        piece = data[position : position + 2 - len(self._line)]
        self._line += piece
        if not b"\r\n".startswith(self._line):
            raise ProtocolError("a chunk is longer than its size")
        if len(self._line) == 2:
            self._line = b""
            self._state = _SIZE
        return position + len(piece)

    def _take_trailer(self, data: bytes, position: int) -> int:
        line, position = self._take_line(data, position, MAX_TRAILER_BYTES)
        if line is None:
            return position
        if line == b"\r\n":
            self.done = True
            return position
        self._trailer_bytes += len(line)
        match = _TRAILER.match(line[:-2])
        if match is None or self._trailer_bytes > MAX_TRAILER_BYTES:
            raise ProtocolError("the trailer section is malformed or too large")
        if match[1].lower() in _FORBIDDEN_TRAILERS:
            raise ProtocolError("a trailer field may not frame, route or authorise a message")
        self.trailers.append(line[:-2])
        return position

    def _take_line(self, data: bytes, position: int, limit: int) -> tuple[bytes | None, int]:
        """A whole line with its end, or None while it is still coming; the new position."""
        newline = data.find(b"\n", position)
        stop = len(data) if newline < 0 else newline + 1
        if len(self._line) + stop - position > limit:
            raise ProtocolError("a line of the chunked body is too long")
        self._line += data[position:stop]
        if newline < 0:
            return None, stop
        line, self._line = self._line, b""
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise ProtocolError("a line of the chunked body does not end in CRLF")
        return line, stop


def chunk(content: bytes) -> bytes:
    """`content` as one chunk; it must not be empty."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def last_chunk(trailers: list[bytes]) -> bytes:
    """The end of a chunked body."""
    return b"".join((b"0\r\n", *(line + b"\r\n" for line in trailers), b"\r\n"))
