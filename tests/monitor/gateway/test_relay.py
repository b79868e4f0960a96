"""What the client sends reaches the upstream, and the other way, on real sockets."""

import asyncio
import zlib

import pytest
from wire import CHAT, body_of, echo, event, post


async def test_any_method_path_and_body_arrive_as_sent(gateway, upstream):
    running = await gateway(await upstream(echo))
    body = bytes(range(256))
    for method in (b"GET", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"PROPFIND", b"X-own"):
        answer = await running.raw(
            b"%b /a%%20b//c?d=%%ff&e HTTP/1.1\r\nHost: h\r\nX-Odd-CASE:  v  \r\nConnection: close\r\n"
            b"Content-Length: 256\r\n\r\n%b" % (method, body)
        )
        echoed = body_of(answer)
        assert echoed.startswith(method + b" /a%20b//c?d=%ff&e HTTP/1.1\r\n")
        assert b"\r\nX-Odd-CASE: v\r\n" in echoed
        assert echoed.endswith(b"\r\n\r\n" + body)


async def test_hop_by_hop_fields_stay_on_their_hop(gateway, upstream):
    running = await gateway(await upstream(echo))
    answer = await running.raw(
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Mine, Content-Type\r\nX-Mine: 1\r\n"
        b"Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\nContent-Type: a/b\r\nKept: 2\r\n\r\n"
    )
    head = body_of(answer).lower()
    for gone in (b"x-mine", b"keep-alive", b"proxy-connection", b"te:", b"\r\nconnection:"):
        assert gone not in head
    assert b"kept: 2" in head
    assert b"content-type: a/b" in head


async def test_the_upstream_learns_who_asked_and_for_what(gateway, upstream):
    url = await upstream(echo)
    running = await gateway(f"{url}/base/")
    answer = await running.raw(
        b"GET /x HTTP/1.1\r\nHost: me:1\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close\r\n\r\n"
    )
    head = body_of(answer)
    assert head.startswith(b"GET /base/x HTTP/1.1\r\nhost: " + url[7:].encode() + b"\r\n")
    assert b"x-forwarded-for: 10.0.0.1, 127.0.0.1\r\n" in head
    assert b"x-forwarded-host: me:1\r\n" in head


async def test_every_answer_carries_an_id_that_the_upstream_cannot_forge(gateway, upstream):
    async def forge(peer):
        await peer.request()
        await peer.answer(b"", head=b"X-Sidewatch-Id: forged\r\n")

    running = await gateway(await upstream(forge))
    answer = await running.raw(post(CHAT, head=b"connection: close\r\n"))
    exchange = await running.only_exchange()
    assert answer.lower().count(b"x-sidewatch-id") == 1
    assert b"x-sidewatch-id: " + exchange.id.encode() in answer


async def test_the_first_chunk_reaches_the_client_before_the_second_is_sent(gateway, upstream):
    arrived = asyncio.Event()

    async def wait_for_the_client(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("one"))
        await arrived.wait()
        await peer.chunk(event("two"))
        await peer.end_stream()

    running = await gateway(await upstream(wait_for_the_client))
    reader, writer = await running.open()
    writer.write(post(CHAT))
    async with asyncio.timeout(5):
        await reader.readuntil(event("one"))
        arrived.set()
        await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    exchange = await running.only_exchange()
    assert exchange.answer == "onetwo"
    assert exchange.timing.chunks == 2


async def test_chunks_and_trailers_go_on_byte_for_byte(gateway, upstream):
    wire = b"3;ext=1\r\nabc\r\n01\r\nd\r\n0\r\nx-sum: 9\r\n\r\n"

    async def send(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + wire)

    running = await gateway(await upstream(send))
    answer = await running.raw(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
    assert body_of(answer) == wire


async def test_a_chunked_request_arrives_whole_with_its_trailers(gateway, upstream):
    async def read(peer):
        head = await peer.head()
        assert b"\r\ntransfer-encoding: chunked\r\n" in head
        wire = await peer.reader.readuntil(b"0\r\nx-sum: 9\r\n\r\n")
        await peer.answer(wire)

    running = await gateway(await upstream(read))
    answer = await running.raw(
        b"POST /x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        b"3;e=1\r\nabc\r\n0\r\nx-sum: 9\r\n\r\n"
    )
    assert body_of(answer) == b"3\r\nabc\r\n0\r\nx-sum: 9\r\n\r\n"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_answers_without_a_body_keep_the_connection_in_step(gateway, upstream, status):
    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 %b\r\netag: x\r\n\r\n" % status)
        await echo(peer)

    running = await gateway(await upstream(script))
    get = b"GET /%b HTTP/1.1\r\nhost: h\r\n%b\r\n"
    answer = await running.raw(get % (b"1", b"") + get % (b"2", b"connection: close\r\n"))
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"GET /2 HTTP/1.1" in answer


async def test_head_has_the_length_and_no_body(gateway, upstream):
    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
        await echo(peer)

    running = await gateway(await upstream(script))
    answer = await running.raw(
        b"HEAD / HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    )
    assert b"content-length: 5\r\n" in answer
    assert b"GET /2 HTTP/1.1" in answer


async def test_interim_answers_and_expect_pass_through(gateway, upstream):
    async def script(peer):
        head = await peer.head()
        assert b"expect: 100-continue" in head.lower()
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await peer.reader.readexactly(5) == b"hello"
        await peer.send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
        await peer.answer(b"done")

    running = await gateway(await upstream(script))
    reader, writer = await running.open()
    writer.write(
        b"POST /x HTTP/1.1\r\nhost: h\r\nExpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"hello")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_a_client_of_http_1_0_gets_an_answer_without_chunks(gateway, upstream):
    async def stream(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await peer.begin_stream()
        await peer.chunk(b"one ")
        await peer.chunk(b"two")
        await peer.end_stream()

    running = await gateway(await upstream(stream))
    answer = await running.raw(b"GET / HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"transfer-encoding" not in answer
    assert body_of(answer) == b"one two"


async def test_an_upstream_of_http_1_0_ends_its_answer_by_closing(gateway, upstream):
    async def old(peer):
        await peer.request()
        await peer.send(b"HTTP/1.0 200 OK\r\n\r\nall of it")

    running = await gateway(await upstream(old))
    answer = await running.raw(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    assert b"connection: close" in answer
    assert body_of(answer) == b"all of it"


async def test_connections_are_kept_on_both_sides(gateway, upstream):
    url = await upstream(echo)
    running = await gateway(url)
    reader, writer = await running.open()
    for number in range(5):
        writer.write(b"GET /%d HTTP/1.1\r\nhost: h\r\n\r\n" % number)
        assert b"GET /%d " % number in await reader.readuntil(b"127.0.0.1\r\n\r\n")
    writer.close()
    assert upstream.servers[0].connections == 1


async def test_compressed_bodies_pass_compressed_and_are_recorded_as_text(gateway, upstream):
    plain = b'{"model":"m","choices":[{"index":0,"message":{"content":"squeezed"}}]}'
    packed = zlib.compress(plain, wbits=31)

    async def script(peer):
        _, body = await peer.request()
        assert zlib.decompress(body, wbits=31) == CHAT
        await peer.answer(packed, head=b"content-encoding: gzip\r\n")

    running = await gateway(await upstream(script))
    request = post(
        zlib.compress(CHAT, wbits=31), head=b"content-encoding: gzip\r\nconnection: close\r\n"
    )
    assert body_of(await running.raw(request)) == packed
    exchange = await running.only_exchange()
    assert exchange.prompt == "hi"
    assert exchange.answer == "squeezed"


async def test_an_unknown_dialect_passes_and_is_counted_as_unread(gateway, upstream):
    running = await gateway(await upstream(echo))
    await running.raw(post(b"{}", path=b"/v1/unheard-of", head=b"connection: close\r\n"))
    exchange = await running.only_exchange()
    assert exchange.unparsed == "dialect"
    metrics = await running.metrics()
    assert metrics['sidewatch_gateway_exchanges_unparsed_total{reason="dialect"}'] == 1


async def test_own_endpoints_answer_and_only_under_their_prefix(gateway, upstream):
    running = await gateway(await upstream(echo))
    get = b"GET %b HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    assert body_of(await running.raw(get % b"/_sidewatch/healthz")) == b"ok\n"
    assert body_of(await running.raw(get % b"/_sidewatch/readyz")) == b"ready\n"
    assert (await running.raw(get % b"/_sidewatch/none")).startswith(b"HTTP/1.1 404")
    assert b"GET /healthz" in await running.raw(get % b"/healthz")
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_exchanges_seen_total"] == 0
