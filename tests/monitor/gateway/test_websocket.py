"""A real WebSocket server and client with the gateway between."""

import asyncio
import os

import pytest
from calm import let_go
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus


@pytest.fixture
async def websocket(gateway):
    """Starts a server with a handler and a gateway before it; the gateway's URL for WebSockets."""
    servers = []

    async def start(handler, **options):
        server = await serve(handler, "127.0.0.1", 0, max_size=None, **options)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        running = await gateway(f"http://127.0.0.1:{port}")
        servers.append(running)
        return f"ws://127.0.0.1:{running.port}/v1/realtime"

    yield start
    for server, running in zip(servers[::2], servers[1::2], strict=True):
        await let_go(running)
        server.close()
        await server.wait_closed()


async def mirror(connection):
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize(
    "message",
    ["text, \u00e4 \U0001f600", "", b"\x00\xff binary", os.urandom(1 << 20), "x" * (1 << 20)],
    ids=["text", "empty", "binary", "1 MB of bytes", "1 MB of text"],
)
@pytest.mark.parametrize("compression", ["deflate", None])
async def test_messages_come_back_as_they_were_sent(websocket, message, compression):
    url = await websocket(mirror)
    async with connect(url, max_size=None, compression=compression) as client:
        for _ in range(3):
            await client.send(message)
            assert await client.recv() == message


async def test_pings_are_answered_by_the_other_end(websocket):
    asked = asyncio.Event()

    async def ping(connection):
        await (await connection.ping())
        asked.set()
        await connection.wait_closed()

    url = await websocket(ping)
    async with connect(url) as client, asyncio.timeout(10):
        await (await client.ping(b"here?"))
        await asked.wait()


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "going"), (4321, "own \u00e4")])
async def test_close_codes_pass_both_ways(websocket, code, reason):
    told = asyncio.get_running_loop().create_future()

    async def hang_up(connection):
        if await connection.recv() == "you":
            await connection.close(code, reason)
        else:
            with pytest.raises(ConnectionClosed):
                await connection.recv()
            told.set_result((connection.close_code, connection.close_reason))

    url = await websocket(hang_up)
    async with connect(url) as client:
        await client.send("you")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (code, reason)
    async with connect(url) as client:
        await client.send("me")
        await client.close(code, reason)
    assert await asyncio.wait_for(told, 10) == (code, reason)


async def test_a_side_that_vanishes_is_missed_by_the_other(websocket):
    async def vanish(connection):
        await connection.recv()
        connection.transport.abort()

    url = await websocket(vanish)
    async with connect(url) as client:
        await client.send("go")
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 1006


async def test_an_upstream_that_declines_says_so_itself(websocket):
    def decline(connection, request):
        return connection.respond(403, "not you\n")

    url = await websocket(mirror, process_request=decline)
    with pytest.raises(InvalidStatus) as caught:
        await connect(url).__aenter__()
    assert caught.value.response.status_code == 403
    assert caught.value.response.body == b"not you\n"


async def test_what_both_ends_agree_on_is_agreed_through_the_gateway(websocket):
    url = await websocket(mirror, subprotocols=["realtime", "other"])
    async with connect(url, subprotocols=["realtime"]) as client:
        assert client.subprotocol == "realtime"
        assert client.response.headers["sec-websocket-extensions"].startswith("permessage-deflate")
