"""A model server that answers as each request orders: `python -m monitor.bench.soak.upstream PORT`.

It also fails as ordered: closes before it answers, in mid-answer, or resets the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

import msgspec

from monitor.bench.soak.order import DIALECTS, HEADER, Order, answer_pieces
from monitor.bench.soak.wire import Head, closed, read_body, read_head


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: request after request, until either side has enough."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while await _answer_one(reader, writer):
            pass
    await closed(writer)


async def _answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = await read_head(reader)
    async for _ in read_body(reader, head):
        pass
    order = msgspec.json.decode(head.fields[HEADER], type=Order)
    if order.cut == "before":
        return False
    pieces = answer_pieces(order)
    writer.write(_head(order, pieces))
    for place, piece in enumerate(pieces):
        if order.cut and place == order.cut_after:
            return _fail(order, piece, writer)
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if order.chunks else piece)
        await writer.drain()
        if order.chunks:
            await asyncio.sleep(order.pause)
    if order.chunks:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return _stays(head)


def _head(order: Order, pieces: list[bytes]) -> bytes:
    kind = DIALECTS[order.dialect].stream_type if order.chunks else "application/json"
    lines = [f"content-type: {kind}"]
    if order.gzipped and not order.chunks:
        lines.append("content-encoding: gzip")
    lines.append(
        "transfer-encoding: chunked" if order.chunks else f"content-length: {len(pieces[0])}"
    )
    return ("HTTP/1.1 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


def _fail(order: Order, piece: bytes, writer: asyncio.StreamWriter) -> bool:
    """End in the middle of a piece; no more requests on this connection."""
    half = piece[: len(piece) // 2]
    writer.write(b"%x\r\n%b" % (len(piece), half) if order.chunks else half)
    if order.cut == "reset":
        writer.transport.abort()
    return False


def _stays(head: Head) -> bool:
    return head.fields.get(b"connection", b"").lower() != b"close"


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
