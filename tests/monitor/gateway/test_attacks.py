"""What hostile peers do to a proxy, on real sockets; the outcomes stand in docs/gateway.md."""

import asyncio
import contextlib
import os
import socket
import struct
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from calm import connections_to, let_go
from wire import CHAT, CLOSE, body_of, echo, event, post

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: h\r\n\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
AMBIGUOUS = {
    "a tab before chunked": b"Transfer-Encoding:\tchunked, identity\r\n",
    "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n',
    "chunked with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "chunked behind a comma": b"Transfer-Encoding: , chunked\r\n",
    "chunked and a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
    "a null in the name": b"Transfer-Encoding\0: chunked\r\n",
    "a carriage return in the name": b"Transfer\r-Encoding: chunked\r\n",
    "a folded second coding": b"Transfer-Encoding: chunked\r\n , identity\r\n",
    "codings apart": b"Transfer-Encoding: chunked\r\nX: y\r\nTransfer-encoding: cow\r\n",
    "an empty length": b"Content-Length:\r\n",
    "a length of spaces": b"Content-Length: 5 5\r\n",
    "a length with a comma": b"Content-Length: 5,\r\n",
    "a length with underscores": b"Content-Length: 1_0\r\n",
    "a length of other digits": "Content-Length: \u0665\r\n".encode(),
    "lengths that agree": b"Content-Length: 5\r\nContent-Length: 5\r\n",
    "a length behind a coding": b"Transfer-Encoding: chunked\r\nContent-Length : 5\r\n",
    "a name of spaces": b" : v\r\n",
    "a line without a colon": b"nonsense\r\n",
    "a first line that is folded": b" x: y\r\n",
}


@pytest.mark.parametrize("fields", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_what_two_parties_may_read_differently_reaches_no_upstream(calm, upstream, fields):
    running = await calm(echo)
    answer = await running.raw(b"POST / HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n" + SMUGGLED)
    assert int(answer.split(b" ")[1]) in {400, 501}
    assert answer.count(b"HTTP/1.1 ") == 1
    assert upstream.servers[0].connections == 0


TAILS = {
    "a huge extension": b"3;" + b"e" * 2_000 + b"\r\nabc\r\n0\r\n\r\n",
    "an extension with a bare line feed": b"3;e\nabc\r\n0\r\n\r\n",
    "an extension with a bare return": b"3;e\rx\r\nabc\r\n0\r\n\r\n",
    "a size of many digits": b"0" * 2_000 + b"3\r\nabc\r\n0\r\n\r\n",
    "a size beyond all bounds": b"f" * 16 + b"\r\nabc",
    "a chunk without its end": b"3\r\nabc0\r\n\r\n",
    "a length in the trailers": b"3\r\nabc\r\n0\r\ncontent-length: 40\r\n\r\n",
    "a coding in the trailers": b"3\r\nabc\r\n0\r\ntransfer-encoding: chunked\r\n\r\n",
    "a host in the trailers": b"3\r\nabc\r\n0\r\nhost: elsewhere\r\n\r\n",
    "a key in the trailers": b"3\r\nabc\r\n0\r\nauthorization: x\r\n\r\n",
    "a folded trailer": b"3\r\nabc\r\n0\r\nx: y\r\n z\r\n\r\n",
    "a trailer with a bare line feed": b"3\r\nabc\r\n0\r\nx: y\nGET /smuggled HTTP/1.1\r\n\r\n",
    "endless trailers": b"3\r\nabc\r\n0\r\n" + b"x: y\r\n" * 20_000,
}


@pytest.mark.parametrize("wire", TAILS.values(), ids=TAILS)
async def test_a_doubtful_end_of_a_body_ends_the_connection(calm, wire):
    asked = []

    async def note(peer):
        asked.append(await peer.head())
        await peer.gone()

    running = await calm(note)
    answer = await running.raw(CHUNKED + wire + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not any(b"smuggled" in head for head in asked)


INJECTIONS = {
    "a bare return": b"x: a\rset-cookie: evil\r\n",
    "a bare line feed": b"x: a\nset-cookie: evil\r\n",
    "a folded value": b"x: a\r\n\tset-cookie: evil\r\n",
    "a null": b"x: a\0set-cookie: evil\r\n",
    "a space before the colon": b"x-sidewatch-id : evil\r\n",
    "codings apart": b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
    "a repeated length": b"content-length: 0\r\nContent-Length: 5\r\n",
    "a name of none": b": evil\r\n",
}


@pytest.mark.parametrize("fields", INJECTIONS.values(), ids=INJECTIONS)
async def test_an_upstream_cannot_inject_fields(calm, fields):
    async def inject(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
        await peer.gone()

    running = await calm(inject)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"evil" not in answer
    assert (await running.only_exchange()).error == "upstream_error"


@pytest.mark.parametrize("place", ["a head", "an interim head", "a connection option", "a trailer"])
async def test_an_id_of_the_upstreams_does_not_reach_the_client(calm, place):
    forged = b"X-Sidewatch-ID: forged\r\n"
    chunked = b"transfer-encoding: chunked\r\n\r\n"
    answers = {
        "a head": b"HTTP/1.1 200 OK\r\n" + forged + forged + b"content-length: 0\r\n\r\n",
        "an interim head": b"HTTP/1.1 103 Early Hints\r\n" + forged + b"\r\n"
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "a connection option": b"HTTP/1.1 200 OK\r\nconnection: x-sidewatch-id\r\n"
        b"content-length: 0\r\n\r\n",
        "a trailer": b"HTTP/1.1 200 OK\r\n" + chunked + b"2\r\n{}\r\n0\r\n" + forged + b"\r\n",
    }

    async def forge(peer):
        await peer.request()
        await peer.send(answers[place])
        await peer.gone()

    running = await calm(forge)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert b"forged" not in answer
    exchange = await running.only_exchange()
    assert answer.lower().count(b"x-sidewatch-id: ") == 1
    assert b"x-sidewatch-id: " + exchange.id.encode() in answer


def resident() -> int:
    """Bytes of memory this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
ENDLESS = 256 << 20
ROOM = 48 << 20  # for socket buffers, a captured part and the test's own pieces


@needs_proc
@pytest.mark.parametrize("content_type", [b"text/event-stream", b"application/json"])
async def test_an_endless_answer_takes_no_memory(calm, content_type):
    """Without a line end, so that no event and no document in it is ever whole."""

    async def flood(peer):
        await peer.request()
        await peer.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"
            % content_type
        )
        while True:
            await peer.chunk(b"x" * 65_536)

    running = await calm(flood)
    reader, writer = await running.open()
    writer.write(post(CHAT))
    before, received = resident(), 0
    while received < ENDLESS:
        received += len(await reader.read(1 << 20))
    grown = resident() - before
    writer.close()
    assert grown < ROOM
    exchange = await running.only_exchange()
    assert exchange.error == "client_closed"
    assert exchange.truncated == ["response"]


@needs_proc
async def test_an_endless_request_takes_no_memory(calm):
    taken = 0

    async def swallow(peer):
        nonlocal taken
        await peer.head()
        while data := await peer.reader.read(1 << 20):
            taken += len(data)

    running = await calm(swallow)
    _, writer = await running.open()
    writer.write(CHUNKED.replace(b"/x", b"/v1/chat/completions"))
    before = resident()
    while taken < ENDLESS:
        writer.write(b"10000\r\n" + b'"' * 65_536 + b"\r\n")
        await writer.drain()
    grown = resident() - before
    writer.close()
    assert grown < ROOM
    exchange = await running.only_exchange()
    assert exchange.error == "client_closed"
    assert exchange.truncated == ["request"]


@needs_proc
@pytest.mark.parametrize(
    "request_",
    [
        b"GET /_sidewatch/metrics HTTP/1.1\r\nhost: h\r\n\r\n",
        b"GET /_sidewatch/none HTTP/1.1\r\nhost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: h\r\n\r\n",
    ],
    ids=["own", "none", "relayed"],
)
async def test_a_client_that_asks_and_never_reads_takes_no_memory(calm, request_):
    running = await calm(echo, send_timeout=1.0)
    _, writer = await asyncio.open_connection(running.host, running.port, limit=1_024)
    before = resident()
    grown = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        for _ in range(200):
            writer.write(request_ * 1_000)
            async with asyncio.timeout(5):
                await writer.drain()
            grown = max(grown, resident() - before)
    writer.transport.abort()
    assert grown < ROOM


async def test_a_client_that_stops_reading_is_given_up(calm):
    cancelled = asyncio.Event()

    async def flood(peer):
        await peer.request()
        await peer.begin_stream()
        try:
            while True:
                await peer.chunk(event("x" * 10_000))
        finally:
            cancelled.set()

    running = await calm(flood, send_timeout=0.2)
    with socket.create_connection((running.host, running.port)) as client:
        client.sendall(post(CHAT))
        async with asyncio.timeout(10):
            await cancelled.wait()
    exchange = await running.only_exchange()
    assert exchange.error == "client_closed"
    assert (await running.metrics())["sidewatch_gateway_client_closed_total"] == 1


async def test_a_client_that_reads_slowly_but_steadily_is_served(calm):
    total = 4 << 20

    async def flood(peer):
        await peer.request()
        await peer.answer(b"x" * total)

    running = await calm(flood, send_timeout=0.4)
    reader, writer = await asyncio.open_connection(running.host, running.port, limit=1_024)
    writer.write(post(CHAT, head=CLOSE))
    await reader.readuntil(b"\r\n\r\n")
    received = 0
    while data := await reader.read(65_536):
        received += len(data)
        await asyncio.sleep(0.02)
    writer.close()
    assert received == total


async def test_a_client_that_sends_its_head_a_byte_at_a_time_is_given_up(calm, upstream):
    running = await calm(echo, header_timeout=0.3)
    reader, writer = await running.open()

    async def drip():
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(10):
        answer = await reader.read()
    dripping.cancel()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert upstream.servers[0].connections == 0


async def test_a_bomb_in_a_request_is_bounded(calm):
    bomb = zlib.compress(b'{"messages": [' + b" " * 100_000_000, wbits=31)
    running = await calm(echo)
    request = post(bomb, head=CLOSE + b"content-encoding: gzip\r\n")
    assert (await running.raw(request)).endswith(bomb)
    exchange = await running.only_exchange()
    assert exchange.unparsed == "too_large"
    assert exchange.truncated == ["request"]
    assert exchange.prompt is None


DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES = {
    "invalid UTF-8": b'{"messages":[{"role":"user","content":"\xff\xfe"}]}',
    "half a pair": b'{"messages":[{"role":"user","content":"\\ud800"}]}',
    "half a pair in bytes": b'{"messages":[{"role":"user","content":"\xed\xa0\x80"}]}',
    "deep nesting": b'{"messages":[{"role":"user","content":"x"}],"x":' + DEEP + b"}",
    "deep content": b'{"messages":[{"role":"user","content":' + DEEP + b"}]}",
    "a huge number": b'{"messages":[],"max_tokens":' + b"9" * 5_000 + b"}",
    "a huge exponent": b'{"messages":[],"max_tokens":1e999999}',
    "a number of no use": b'{"messages":[],"max_tokens":NaN}',
    "keys twice": b'{"messages":[],"messages":[{"role":"user","content":"second"}]}',
    "a role that is none": b'{"messages":[{"role":{"a":1},"content":"x"}]}',
    "nothing": b"",
    "nulls": b"\0" * 100,
    "a byte order mark": b'\xef\xbb\xbf{"messages":[]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_an_odd_request_passes_as_it_came_and_never_reads_as_clean(calm, body):
    running = await calm(echo)
    answer = await running.raw(post(body, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n" + body)
    exchange = await running.only_exchange()
    assert exchange.unparsed is not None or exchange.prompt == "second"


def say(value: bytes) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":%b}}]}\n\n' % value


EVENTS = {
    "invalid UTF-8": say(b'"\xff"'),
    "half a pair": say(b'"\\udc00"'),
    "deep nesting": say(DEEP),
    "a huge number": say(b"9" * 5_000),
    "not a number": say(b"NaN"),
    "a huge index": b'data: {"choices":[{"index":1e400,"delta":{"content":"x"}}]}\n\n',
    "an index below zero": b'data: {"choices":[{"index":-1,"delta":{"content":"x"}}]}\n\n',
    "huge usage": b'data: {"choices":[],"usage":{"prompt_tokens":' + b"9" * 30 + b"}}\n\n",
    "a list": b"data: [1, 2]\n\n",
    "no JSON": b"data: }{\n\n",
    "a field of nulls": b"\0\0\0\n\n",
    "an odd name": b"event: \xff\ndata: {}\n\n",
    "no end of lines": b"data: " + b"x" * 300_000,
}


@pytest.mark.parametrize("odd", EVENTS.values(), ids=EVENTS)
async def test_an_odd_event_passes_as_it_came_and_the_rest_is_read(calm, odd):
    async def speak(peer):
        await peer.request()
        await peer.begin_stream()
        for piece in (event("before "), odd, event("after")):
            await peer.chunk(piece)
        await peer.end_stream()

    running = await calm(speak)
    answer = await running.raw(post(CHAT, head=CLOSE))
    chunks = body_of(answer)
    for piece in (event("before "), odd, event("after")):
        assert b"%x\r\n%b\r\n" % (len(piece), piece) in chunks
    exchange = await running.only_exchange()
    assert "before " in exchange.answer
    assert exchange.error is None


async def test_a_client_that_closes_its_sending_side_counts_as_gone(calm):
    async def wait(peer):
        await peer.request()
        await peer.gone()

    running = await calm(wait)
    reader, writer = await running.open()
    writer.write(post(CHAT))
    writer.write_eof()
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    assert (await running.only_exchange()).error == "client_closed"


async def test_an_upstream_that_closes_its_sending_side_first_has_ended_its_answer(calm):
    async def half_close(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        peer.writer.write_eof()
        await peer.gone()

    running = await calm(half_close)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert body_of(answer) == b"all of it"
    assert (await running.only_exchange()).error is None


async def test_an_upstream_that_resets_in_mid_chunk_cuts_the_answer(calm):
    async def reset(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.send(b"400\r\n" + event("half a chunk"))
        raw = peer.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        await go_on.wait()
        peer.writer.transport.abort()

    go_on = asyncio.Event()
    running = await calm(reset)
    reader, writer = await running.open()
    writer.write(post(CHAT))
    await reader.readuntil(b"half a chunk")
    go_on.set()
    async with asyncio.timeout(10):
        assert b"0\r\n\r\n" not in await reader.read()
    writer.close()
    exchange = await running.only_exchange()
    assert exchange.error == "upstream_closed"
    assert exchange.answer == "half a chunk"


@pytest.mark.parametrize("size", [100_000, 64 << 20], ids=["some", "much"])
async def test_an_answer_before_the_end_of_the_request_reaches_the_client(calm, size):
    """And the client may go on sending for a while, unread, without losing the answer."""

    async def refuse(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nno!")
        await peer.gone()

    running = await calm(refuse)
    reader, writer = await running.open()
    writer.write(b"POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n" % size)
    async with asyncio.timeout(10):
        for _ in range(size // 65_536):
            writer.write(b"x" * 65_536)
            await writer.drain()
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert body_of(answer) == b"no!"


async def test_an_answer_on_an_idle_connection_reaches_nobody(calm, upstream):
    dropped = asyncio.Event()

    async def speak_again(peer):
        head, _ = await peer.request()
        await peer.answer(head)
        if b"GET /1 " in head:
            await answered.wait()
            await peer.answer(b"evil")
            await peer.gone()
            dropped.set()

    answered = asyncio.Event()
    running = await calm(speak_again)
    get = b"GET /%d HTTP/1.1\r\nhost: h\r\n%b\r\n"
    assert b"GET /1 " in await running.raw(get % (1, CLOSE))
    answered.set()
    async with asyncio.timeout(10):
        await dropped.wait()
    answer = await running.raw(get % (2, CLOSE))
    assert b"GET /2 " in answer
    assert b"evil" not in answer
    assert upstream.servers[0].connections == 2


@needs_proc
async def test_an_upstream_that_never_takes_the_request_leaves_nothing_behind(gateway, upstream):
    """It answers, and the rest of a large request can never be sent."""

    async def answer_only(peer):
        peer.writer.transport.pause_reading()
        await peer.answer(b"{}")
        await left.wait()

    left = asyncio.Event()
    url = await upstream(answer_only, limit=1_024)
    running = await gateway(url)
    reader, writer = await running.open()
    writer.write(b"POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n" % (64 << 20))
    answering = asyncio.create_task(reader.readuntil(b"{}"))
    for _ in range(200):
        writer.write(b"x" * 65_536)
    async with asyncio.timeout(10):
        await answering
    writer.transport.abort()
    await let_go(running)
    async with asyncio.timeout(10):
        while connections_to(urlsplit(url).port):
            await asyncio.sleep(0.01)
    left.set()


@pytest.mark.parametrize(
    "asked",
    [
        (
            b"GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade, http2-settings, close\r\n"
            b"upgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        ),
        (
            b"POST / HTTP/1.1\r\nhost: h\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n"
            b"content-length: 0\r\n\r\n"
        ),
        b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\nupgrade: websocket\r\n\r\n",
    ],
    ids=["to HTTP/2", "with POST", "without the option"],
)
async def test_no_protocol_but_websocket_is_changed_to(calm, asked):
    running = await calm(echo)
    answer = await running.raw(asked)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"upgrade" not in body_of(answer)
    assert b"http2-settings" not in body_of(answer)


async def test_a_protocol_that_changes_within_a_request_ends_it(calm):
    async def agree_early(peer):
        await peer.head()
        await peer.send(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
        )
        await peer.gone()

    running = await calm(agree_early)
    answer = await running.raw(
        b"GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"content-length: 100\r\n\r\nhalf"
    )
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (await running.only_exchange()).error == "upstream_error"
