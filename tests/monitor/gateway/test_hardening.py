"""Hostile and clumsy clients, on real sockets: each has a stated outcome."""

import asyncio
import subprocess
import sys

import pytest
from wire import CHAT, CLOSE, body_of, echo, event, post

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: h\r\n\r\n"
REFUSED = {
    "both lengths": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n"
    b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, other order": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n"
    b"content-length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n",
    "a list of lengths": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0, 5\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: +5\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: -5\r\n\r\n",
    "a huge length": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: %b\r\n\r\n" % (b"9" * 30),
    "a hexadecimal length": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0x5\r\n\r\n",
    "space before colon": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length : 5\r\n\r\n",
    "a folded field": b"GET / HTTP/1.1\r\nhost: h\r\nx: a\r\n b\r\n\r\n",
    "a folded coding": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding:\r\n chunked\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nhost: h\n\n",
    "a bare line feed in a value": b"GET / HTTP/1.1\r\nhost: h\r\nx: a\nb: c\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nhost: h\r\nx: a\rb: c\r\n\r\n",
    "a null": b"GET / HTTP/1.1\r\nhost: h\r\nx: a\0b\r\n\r\n",
    "a hidden coding": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: xchunked\r\n\r\n",
    "two codings": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n"
    b"transfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
    "gzip coding": b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
    "a coding in 1.0": b"POST / HTTP/1.0\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nhost: h\r\n\r\n",
    "no slash": b"GET a HTTP/1.1\r\nhost: h\r\n\r\n",
    "another protocol": b"GET / HTTP/2.0\r\nhost: h\r\n\r\n",
    "a tunnel": b"CONNECT h:1 HTTP/1.1\r\nhost: h\r\n\r\n",
    "no name": b"GET / HTTP/1.1\r\nhost: h\r\n: v\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a large head": b"GET / HTTP/1.1\r\nhost: h\r\nx: %b\r\n\r\n" % (b"a" * 100_000),
    "a large target": b"GET /%b HTTP/1.1\r\nhost: h\r\n\r\n" % (b"a" * 100_000),
    "the same length twice": b"POST / HTTP/1.1\r\nhost: h\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\n",
    "two lengths, one odd": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n"
    b"CONTENT-LENGTH:3\r\n\r\n",
    "a length and a coding": b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a long method": b"%b / HTTP/1.1\r\nhost: h\r\n\r\n" % (b"A" * 100),
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
async def test_a_doubtful_request_is_refused_and_nothing_of_it_reaches_the_upstream(
    gateway, upstream, request_
):
    running = await gateway(await upstream(echo))
    answer = await running.raw(request_ + SMUGGLED)
    status = int(answer.split(b" ")[1])
    assert status in {400, 431, 501, 505}
    assert b"content-type: application/problem+json" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer
    assert upstream.servers[0].connections == 0


@pytest.mark.parametrize(
    "chunks",
    [b"0x3\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"-1\r\n\r\n", b"3\nabc\n0\n\n"],
)
async def test_a_doubtful_chunk_ends_the_request(gateway, upstream, chunks):
    running = await gateway(await upstream(echo))
    answer = await running.raw(
        b"POST /x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + SMUGGLED
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"smuggled" not in answer


async def test_a_field_named_as_hop_by_hop_cannot_remove_the_framing(gateway, upstream):
    running = await gateway(await upstream(echo))
    answer = await running.raw(
        b"POST /x HTTP/1.1\r\nhost: h\r\nconnection: close, content-length\r\n"
        b"content-length: 5\r\n\r\nhello"
    )
    assert answer.endswith(b"hello")


async def test_a_target_of_a_full_url_goes_to_our_upstream(gateway, upstream):
    running = await gateway(await upstream(echo))
    answer = await running.raw(
        b"GET http://elsewhere.test/a?b HTTP/1.1\r\nhost: elsewhere.test\r\nconnection: close\r\n\r\n"
    )
    assert body_of(answer).startswith(b"GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:")


async def test_a_head_that_never_ends_is_given_up(gateway, upstream):
    running = await gateway(await upstream(echo), header_timeout=0.1)
    answer = await running.raw(b"GET / HTTP/1.1\r\nhost:")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_never_ends_is_given_up(gateway, upstream):
    running = await gateway(await upstream(lambda peer: peer.gone()), header_timeout=0.1)
    answer = await running.raw(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nhalf")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert (await running.only_exchange()).error == "client_closed"


async def test_a_client_that_says_nothing_is_let_go(gateway, upstream):
    running = await gateway(await upstream(echo), idle_timeout=0.1)
    assert await running.raw(b"") == b""


async def test_pipelined_requests_are_answered_in_order(gateway, upstream):
    running = await gateway(await upstream(echo))
    gets = [b"GET /%d HTTP/1.1\r\nhost: h\r\n\r\n" % number for number in range(50)]
    last = b"GET /last HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    answer = await running.raw(b"".join(gets) + last)
    places = [answer.index(b"GET /%d " % number) for number in range(50)]
    assert places == sorted(places)
    assert answer.index(b"GET /last ") > places[-1]


async def test_a_request_cut_anywhere_arrives_whole(gateway, upstream):
    running = await gateway(await upstream(echo))
    request = post(CHAT, head=CLOSE)
    for place in range(1, len(request), 17):
        reader, writer = await running.open()
        writer.write(request[:place])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(request[place:])
        assert (await reader.read()).endswith(CHAT)
        writer.close()


async def test_a_slow_client_slows_the_upstream_and_costs_no_memory(gateway, upstream):
    """64 MB for a client that reads nothing: all but the socket buffers stays at the upstream."""
    total, piece = 64 * 1024 * 1024, b"x" * 65_536
    sent = 0

    async def flood(peer):
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % total)
        for _ in range(total // len(piece)):
            await peer.send(piece)
            sent += len(piece)

    running = await gateway(await upstream(flood))
    reader, writer = await asyncio.open_connection(running.host, running.port, limit=1_024)
    writer.write(post(CHAT, head=CLOSE))
    before = -1
    while before != sent:
        before = sent
        await asyncio.sleep(0.2)
    assert sent < total / 2
    await reader.readuntil(b"\r\n\r\n")
    received = 0
    while data := await reader.read(1 << 20):
        received += len(data)
    writer.close()
    assert received == total
    exchange = await running.only_exchange()
    assert exchange.truncated == ["response"]
    assert exchange.unparsed == "too_large"


async def test_a_slow_upstream_slows_the_client(gateway, upstream):
    total = 64 * 1024 * 1024
    go_on = asyncio.Event()

    async def slow(peer):
        await peer.head()
        await go_on.wait()
        left = total
        while left:
            left -= len(await peer.reader.read(min(left, 1 << 20)))
        await peer.answer(b"got it")

    running = await gateway(await upstream(slow, limit=1_024))
    reader, writer = await running.open()
    writer.write(b"POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n%b\r\n" % (total, CLOSE))
    written = 0

    async def send():
        nonlocal written
        while written < total:
            writer.write(b"x" * 65_536)
            written += 65_536
            await writer.drain()

    sending = asyncio.create_task(send())
    before = -1
    while before != written:
        before = written
        await asyncio.sleep(0.2)
    assert written < total / 2
    go_on.set()
    await sending
    assert (await reader.read()).endswith(b"got it")
    writer.close()


async def test_a_decompression_bomb_is_bounded(gateway, upstream):
    import zlib

    bomb = zlib.compress(b" " * 50_000_000, wbits=31)

    async def script(peer):
        await peer.request()
        await peer.answer(bomb, head=b"content-encoding: gzip\r\n")

    running = await gateway(await upstream(script))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert body_of(answer) == bomb
    exchange = await running.only_exchange()
    assert exchange.unparsed == "too_large"
    assert exchange.truncated == ["response"]


async def test_invalid_utf8_passes_and_is_called_unread(gateway, upstream):
    running = await gateway(await upstream(echo))
    bad = CHAT.replace(b"hi", b"\xff\xfe")
    answer = await running.raw(post(bad, head=CLOSE))
    assert answer.endswith(bad)
    assert (await running.only_exchange()).unparsed == "json"


async def test_64_streams_at_once_come_whole_and_in_order(gateway, upstream):
    pieces = [event(f"piece {number} ") for number in range(20)]

    async def stream(peer):
        await peer.request()
        await peer.begin_stream()
        for piece in pieces:
            await peer.chunk(piece)
            await asyncio.sleep(0.001)
        await peer.end_stream()

    running = await gateway(await upstream(stream))
    answers = await asyncio.gather(*(running.raw(post(CHAT, head=CLOSE)) for _ in range(64)))
    wire = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    assert [body_of(answer) for answer in answers] == [wire] * 64
    exchanges = await running.exchanges(64)
    text = "".join(f"piece {number} " for number in range(20))
    assert len({exchange.id for exchange in exchanges}) == len(exchanges) == 64
    assert {exchange.answer for exchange in exchanges} == {text}


HEAVY = ["numpy", "scipy", "torch", "transformers", "pandas", "evidently", "sklearn", "fastapi"]
SERVE = f"""
import asyncio, sys, uvloop
from monitor.gateway.server import serve
from monitor.journal.redis import RedisJournal
from monitor.settings import GatewaySettings
from monitor.cli import roles

async def main():
    journal = RedisJournal("redis://127.0.0.1:1/0")
    ready = asyncio.get_running_loop().create_future()
    settings = GatewaySettings(listen="127.0.0.1:0", upstream="http://127.0.0.1:1")
    task = asyncio.create_task(serve(settings, journal, ready=lambda *at: ready.set_result(at)))
    reader, writer = await asyncio.open_connection(*await ready)
    writer.write({post(CHAT, head=CLOSE)!r})
    assert (await reader.read()).startswith(b"HTTP/1.1 502")
    print([name for name in {HEAVY!r} if name in sys.modules])
    task.cancel()

uvloop.run(main())
"""


def test_the_gateway_process_imports_nothing_heavy():
    ran = subprocess.run(
        [sys.executable, "-c", SERVE], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout == "[]\n", ran.stderr
