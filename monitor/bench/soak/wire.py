"""As much HTTP/1.1 as both ends of the soak need; whatever is amiss ends the connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a message, and its fields by their names in lower case."""

    start: bytes
    fields: Mapping[bytes, bytes]

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start[9:12])  # behind `HTTP/1.1 `; other bytes are a ValueError


async def read_head(reader: asyncio.StreamReader) -> Head:
    """The head of the next message.

    Raises
    ------
    asyncio.IncompleteReadError, ConnectionError
        The other side ended before it was whole.
    """
    start, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    pairs = (line.split(b":", 1) for line in lines)
    return Head(start, {name.lower(): value.strip() for name, value in pairs})


async def read_body(reader: asyncio.StreamReader, head: Head) -> AsyncIterator[bytes]:
    """The body in pieces, by its length or its chunks; ends where the body does.

    Raises
    ------
    asyncio.IncompleteReadError, ConnectionError
        The other side ended before it was whole.
    """
    if head.fields.get(b"transfer-encoding") == b"chunked":
        while size := int(await reader.readline() or b"-", 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return
    left = int(head.fields.get(b"content-length", b"0"))
    while left:
        piece = await reader.read(min(left, _BLOCK))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection; return once it is."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
