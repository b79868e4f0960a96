"""The finer points of HTTP: what a client and an upstream say to each other passes as it was said."""

import asyncio

import pytest
from wire import CHAT, CLOSE, body_of, echo, event, post

GET = b"GET /%b HTTP/1.1\r\nhost: h\r\n%b\r\n"


async def test_the_answer_to_head_has_no_body_even_without_a_length(calm):
    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nx: unframed\r\n\r\n")
        await echo(peer)

    running = await calm(script)
    head = b"HEAD / HTTP/1.1\r\nhost: h\r\n\r\n"
    answer = await running.raw(head + head + GET % (b"3", CLOSE))
    first, second, third, _ = answer.split(b"\r\n\r\n", 3)
    assert first.lower().startswith(b"http/1.1 200 ok\r\n")
    assert b"\r\nx: unframed" in second
    assert third.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"GET /3 HTTP/1.1" in answer


async def test_several_interim_answers_pass_in_order(calm):
    interim = [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nlink: </b>\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </c>\r\n\r\n",
    ]

    async def script(peer):
        await peer.request()
        await peer.send(interim[0])
        await peer.send(interim[1] + interim[2][:20])
        await peer.send(interim[2][20:] + interim[3])
        await peer.answer(b"done")

    running = await calm(script)
    answer = await running.raw(GET % (b"", CLOSE))
    assert answer.startswith(b"".join(interim) + b"HTTP/1.1 200 OK\r\n")
    assert answer.count(b"x-sidewatch-id") == 1


async def test_a_final_answer_in_place_of_100_reaches_the_client_before_its_body_is_sent(calm):
    async def refuse(peer):
        assert b"expect: 100-continue" in (await peer.head()).lower()
        await peer.send(b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 2\r\n\r\nno")
        await peer.gone()

    running = await calm(refuse)
    answer = await running.raw(
        b"POST /x HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 417 Expectation Failed\r\n")
    assert body_of(answer) == b"no"


async def test_both_directions_flow_at_once(calm):
    """64 MB up in chunks while they stream down again: neither waits for the other to end."""
    total, piece = 64 << 20, bytes(range(256)) * 256

    async def mirror(peer):
        await peer.head()
        await peer.begin_stream()
        while size := int(await peer.reader.readline(), 16):
            await peer.chunk(await peer.reader.readexactly(size))
            await peer.reader.readexactly(2)
        await peer.reader.readline()
        await peer.end_stream()

    running = await calm(mirror)
    reader, writer = await running.open()
    writer.write(b"POST /x HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n%b\r\n" % CLOSE)
    sent = 0

    async def send():
        nonlocal sent
        while sent < total:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            sent += len(piece)
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    sending = asyncio.create_task(send())
    await reader.readuntil(b"\r\n\r\n")
    came, while_sending = b"", 0
    received = 0
    while size := int(await reader.readline(), 16):
        came = await reader.readexactly(size)
        received += size
        while_sending += size if sent < total else 0
        await reader.readexactly(2)
    await sending
    writer.close()
    assert received == total
    assert while_sending > total / 2
    assert came == piece[-len(came) :]


@pytest.mark.parametrize("options", [b"", b"connection: keep-alive\r\n"], ids=["", "keep-alive"])
async def test_a_client_of_http_1_0_knows_the_end_by_the_connections(calm, options):
    running = await calm(echo)
    answer = await running.raw(b"GET /old HTTP/1.0\r\nhost: h\r\n%b\r\n" % options)
    assert b"\r\nconnection: close\r\n" in answer
    assert b"GET /old HTTP/1.1\r\n" in answer
    assert b"\r\nvia: 1.0 sidewatch\r\n" in answer


async def test_a_client_of_http_1_0_is_not_asked_to_continue(calm):
    running = await calm(echo)
    answer = await running.raw(
        b"POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi"
    )
    assert b"expect" not in answer
    assert answer.endswith(b"hi")


async def test_trace_context_and_unknown_fields_pass_untouched(calm):
    fields = (
        b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
        b"tracestate: a=1,b=2\r\nbaggage: k=v\r\nX-Twice: 1\r\nx-twice: 2\r\nEmpty:\r\n"
    )
    running = await calm(echo)
    answer = await running.raw(GET % (b"", CLOSE + fields))
    assert fields in body_of(answer)
    assert b"\r\nforwarded:" not in body_of(answer)


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (b"Forwarded: for=10.0.0.1\r\n", [b"Forwarded: for=10.0.0.1", b"forwarded: for=127.0.0.1"]),
        (b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: w\r\n", [b"X-Forwarded-Proto: https"]),
    ],
)
async def test_what_an_earlier_hop_says_of_the_client_is_kept(calm, given, passed):
    running = await calm(echo)
    head = body_of(await running.raw(GET % (b"", CLOSE + given)))
    places = [head.index(b"\r\n" + line + b"\r\n") for line in passed]
    assert places == sorted(places)
    assert head.lower().count(b"x-forwarded-proto:") == 1
    assert head.lower().count(b"x-forwarded-host:") == 1


async def test_an_answer_comes_with_every_field_as_it_was_sent(calm):
    fields = (
        b"Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-Odd-CASE: \xc3\xa4\r\nServer: s\r\nDate: d\r\n"
    )

    async def script(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 299 Fine, \xc3\xa4h\r\n" + fields + b"content-length: 0\r\n\r\n")

    running = await calm(script)
    answer = await running.raw(GET % (b"", CLOSE))
    assert answer.startswith(b"HTTP/1.1 299 Fine, \xc3\xa4h\r\n" + fields)


async def test_a_stream_of_hours_is_a_stream_of_many_events(calm):
    """20,000 events over one answer, slower than no limit of time: all come, none is kept back."""
    count = 20_000

    async def speak(peer):
        await peer.request()
        await peer.begin_stream()
        for number in range(count):
            await peer.chunk(event(f"{number} "))
        await peer.end_stream()

    running = await calm(speak, max_capture_bytes=10_000)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.count(b"data: ") == count
    assert answer.endswith(b"0\r\n\r\n")
    exchange = await running.only_exchange()
    assert exchange.timing.chunks == count
    assert exchange.truncated == ["response"]
