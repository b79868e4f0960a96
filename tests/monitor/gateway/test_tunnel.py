"""A change of protocol: bytes both ways, unread, and counted as such."""

import asyncio

from wire import CLOSE, echo

ASK = (
    b"GET /v1/realtime HTTP/1.1\r\nhost: h\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"


def agreeing(heads, *, first=b""):
    async def script(peer):
        heads.append(await peer.head())
        await peer.send(AGREED + first)
        while data := await peer.reader.read(65_536):
            await peer.send(data.swapcase())

    return script


async def test_what_is_agreed_on_is_carried_both_ways(gateway, upstream):
    heads = []
    running = await gateway(await upstream(agreeing(heads, first=b"hello")))
    reader, writer = await running.open()
    async with asyncio.timeout(10):
        writer.write(ASK)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.lower().startswith(b"http/1.1 101 ")
        assert b"\r\nupgrade: websocket\r\n" in head.lower()
        assert await reader.readexactly(5) == b"hello"
        payload = b"GET /not-http HTTP/1.1\r\n\r\n\x00\xff" * 5_000
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload.swapcase()
        assert (await running.metrics())["sidewatch_gateway_tunnels"] == 1
    writer.close()
    assert b"\r\nconnection: upgrade\r\nupgrade: websocket\r\n" in heads[0].lower()
    assert b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==" in heads[0]
    exchange = await running.only_exchange()
    assert exchange.unparsed == "dialect"
    assert (await running.metrics())['sidewatch_gateway_requests_total{method="GET",status="1xx"}']


async def test_what_a_client_sends_early_waits_for_the_agreement(gateway, upstream):
    running = await gateway(await upstream(agreeing([])))
    reader, writer = await running.open()
    writer.write(ASK + b"early")
    async with asyncio.timeout(10):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(5) == b"EARLY"
    writer.close()


async def test_either_side_ends_the_tunnel(gateway, upstream):
    left = asyncio.Event()

    async def wait_for_the_end(peer):
        await peer.head()
        await peer.send(AGREED)
        await peer.gone()
        left.set()

    async def hang_up(peer):
        await peer.head()
        await peer.send(AGREED + b"bye")

    for script in (wait_for_the_end, hang_up):
        running = await gateway(await upstream(script))
        reader, writer = await running.open()
        writer.write(ASK)
        async with asyncio.timeout(10):
            await reader.readuntil(b"\r\n\r\n")
            if script is hang_up:
                assert await reader.read() == b"bye"
                writer.close()
            else:
                writer.close()
                await left.wait()


async def test_a_tunnel_in_which_nothing_moves_is_ended(gateway, upstream):
    running = await gateway(await upstream(agreeing([])), read_timeout=0.1)
    reader, writer = await running.open()
    writer.write(ASK)
    async with asyncio.timeout(10):
        assert (await reader.read()).startswith(b"HTTP/1.1 101 ")
    writer.close()


async def test_an_upstream_that_does_not_agree_is_an_ordinary_answer(gateway, upstream):
    running = await gateway(await upstream(echo))
    reader, writer = await running.open()
    async with asyncio.timeout(10):
        writer.write(ASK)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")
        await reader.readuntil(b"127.0.0.1\r\n\r\n")
        writer.write(b"GET /next HTTP/1.1\r\nhost: h\r\n%b\r\n" % CLOSE)
        assert b"GET /next " in await reader.read()
    writer.close()


async def test_a_change_of_protocol_that_nobody_asked_for_is_refused(gateway, upstream):
    running = await gateway(await upstream(agreeing([])))
    answer = await running.raw(b"GET / HTTP/1.1\r\nhost: h\r\n%b\r\n" % CLOSE)
    assert answer.startswith(b"HTTP/1.1 502 ")
