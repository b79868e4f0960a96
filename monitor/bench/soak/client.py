"""One request of the soak: sent, and its answer compared byte for byte with what was ordered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket

from monitor.bench.soak.ledger import Ledger
from monitor.bench.soak.order import DIALECTS, HEADER, Order, answer_pieces, request_body
from monitor.bench.soak.wire import Head, closed, read_body, read_head

_BLOCK = 65_536
_SLOW_PAUSE = 0.05
_EARLY = 0.05
_PATIENCE = 60.0
_KEPT = 16
_BAD_GATEWAY = 502
_SLOW_BUFFER = 32_768  # else the kernel would take a whole answer for a slow reader

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Clients:
    """Sends orders through the gateway on `port`, on kept-alive connections where there are any."""

    def __init__(self, port: int, ledger: Ledger, chance: random.Random) -> None:
        self._port = port
        self._ledger = ledger
        self._chance = chance
        self._kept: list[Connection] = []

    async def send(self, order: Order) -> None:
        """One request to its end; whatever comes of it is in the ledger."""
        self._ledger.under_way += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._send(order)
        except TimeoutError:
            self._ledger.blame(f"no end within {_PATIENCE:.0f} s: {order}")
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self._ledger.blame(f"{error!r}: {order}")
        finally:
            self._ledger.under_way -= 1

    async def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            await closed(self._kept.pop()[1])

    async def _send(self, order: Order) -> None:
        reader, writer = await (self._slow() if order.client == "slow" else self._connection())
        keeps = False
        try:
            self._ledger.reached += 1
            await self._request(order, writer)
            if order.client.startswith("leaves "):
                await asyncio.sleep(_EARLY)
                self._ledger.outcomes[order.client] += 1
                return
            keeps = await self._receive(order, reader)
        finally:
            if keeps and len(self._kept) < _KEPT:
                self._kept.append((reader, writer))
            else:
                await closed(writer)

    async def _connection(self) -> Connection:
        while self._kept:
            kept = self._kept.pop(self._chance.randrange(len(self._kept)))
            if not kept[0].at_eof() and not kept[1].is_closing():
                return kept
            kept[1].close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _slow(self) -> Connection:
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SLOW_BUFFER)
        link.settimeout(0)
        await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", self._port))
        return await asyncio.open_connection(sock=link)

    async def _request(self, order: Order, writer: asyncio.StreamWriter) -> None:
        body = request_body(order)
        framing = (
            b"transfer-encoding: chunked"
            if order.chunked_upload
            else b"content-length: %d" % len(body)
        )
        writer.write(
            b"POST %b HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\n%b: %b\r\n%b\r\n\r\n"
            % (DIALECTS[order.dialect].path.encode(), HEADER, order.header(), framing)
        )
        if order.client == "leaves uploading":
            body = body[: len(body) // 2]
        for start in range(0, len(body), _BLOCK):
            piece = body[start : start + _BLOCK]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if order.chunked_upload else piece)
            await writer.drain()
        if order.chunked_upload and order.client != "leaves uploading":
            writer.write(b"0\r\n\r\n")

    async def _receive(self, order: Order, reader: asyncio.StreamReader) -> bool:
        """Read the answer and say what came of it; whether the connection can be used again."""
        head = await read_head(reader)
        self._ledger.ids.add(head.fields.get(b"x-sidewatch-id", b"").decode())
        got = bytearray()
        whole = False
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async for piece in read_body(reader, head):
                got += piece
                if order.client == "leaves" and len(got) > order.cut_after:
                    self._ledger.outcomes["left in mid-answer"] += 1
                    return False
                if order.client == "slow":
                    await asyncio.sleep(_SLOW_PAUSE)
            whole = True
        self._judge(order, head, bytes(got), whole=whole)
        return whole and head.fields.get(b"connection", b"").lower() != b"close"

    def _judge(self, order: Order, head: Head, got: bytes, *, whole: bool) -> None:
        expected = b"".join(answer_pieces(order))
        if order.cut in {"before", "reset"} and head.status == _BAD_GATEWAY:
            # A reset may overtake the answer's head; then the gateway has nothing to pass on.
            good, outcome = whole, "502 for a failing upstream"
        elif order.cut:
            good, outcome = not whole and expected.startswith(got), "visibly cut"
        else:
            good, outcome = whole and got == expected, "whole"
        if good:
            self._ledger.outcomes[outcome] += 1
        else:
            self._ledger.blame(
                f"{head.status}, {len(got)} of {len(expected)} bytes, {whole=}: {order}"
            )
