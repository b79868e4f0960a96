"""What can go wrong with an upstream or a client, and what the other side sees of it."""

import asyncio
import contextlib
import json
import signal
import socket
import ssl
import struct
import subprocess

import pytest
from wire import CHAT, CLOSE, body_of, echo, event, post

from monitor.gateway.errors import GatewayError
from monitor.journal.base import JournalError
from monitor.journal.memory import MemoryJournal


def problem(answer: bytes) -> dict:
    assert b"content-type: application/problem+json" in answer
    return json.loads(body_of(answer))


async def test_an_upstream_that_refuses_is_a_502(gateway):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        running = await gateway(f"http://127.0.0.1:{unused.getsockname()[1]}")
        answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert problem(answer)["type"] == "urn:sidewatch:upstream_refused"
    exchange = await running.only_exchange()
    assert exchange.error == "upstream_refused"
    assert exchange.response is None
    assert exchange.prompt == "hi"


async def test_an_upstream_that_closes_without_a_word_is_a_502(gateway, upstream):
    async def close(peer):
        await peer.request()

    running = await gateway(await upstream(close))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert (await running.only_exchange()).error == "upstream_closed"


async def test_an_upstream_that_is_silent_is_a_504(gateway, upstream):
    running = await gateway(await upstream(lambda peer: peer.gone()), read_timeout=0.2)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert (await running.only_exchange()).error == "upstream_timeout"


@pytest.fixture
def not_accepting():
    """The URL of a listener whose backlog is full: connecting to it takes for ever."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


async def test_an_upstream_that_does_not_accept_is_a_504(gateway, not_accepting):
    running = await gateway(not_accepting, connect_timeout=0.3)
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert (await running.only_exchange()).error == "upstream_timeout"


@pytest.mark.parametrize(
    "garbage",
    [
        b"what?\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\nx: a\n\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x00b\r\n\r\n",
    ],
)
async def test_an_upstream_that_speaks_no_http_is_a_502(gateway, upstream, garbage):
    async def send(peer):
        await peer.request()
        await peer.send(garbage)
        await peer.gone()

    running = await gateway(await upstream(send))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert (await running.only_exchange()).error in {"upstream_error", "upstream_closed"}


async def test_a_stream_cut_by_the_upstream_stays_visibly_cut(gateway, upstream):
    async def die(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("half"))

    running = await gateway(await upstream(die))
    answer = await running.raw(post(CHAT))
    assert event("half") in answer
    assert not answer.endswith(b"0\r\n\r\n")
    exchange = await running.only_exchange()
    assert exchange.error == "upstream_closed"
    assert exchange.answer == "half"


async def test_a_body_shorter_than_its_length_stays_short(gateway, upstream):
    async def die(peer):
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    running = await gateway(await upstream(die))
    assert body_of(await running.raw(post(CHAT))) == b"half"
    assert (await running.only_exchange()).error == "upstream_closed"


async def test_a_cut_answer_without_framing_is_reset(gateway, upstream):
    """An HTTP/1.0 client knows the end by the connection's: only a reset tells it apart."""

    async def die(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(b"half")

    running = await gateway(await upstream(die))
    reader, writer = await running.open()
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.readuntil(b"never sent")
    writer.close()


async def test_a_malformed_chunk_cuts_the_stream(gateway, upstream):
    async def garble(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("good"))
        await peer.send(b"zzz\r\nbad\r\n")
        await peer.gone()

    running = await gateway(await upstream(garble))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert b"zzz" not in answer
    assert (await running.only_exchange()).error == "upstream_error"


async def test_bytes_behind_an_answer_reach_nobody(gateway, upstream):
    async def split(peer):
        await peer.request()
        await peer.send(
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
            b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"
        )
        await peer.gone()

    url = await upstream(split)
    running = await gateway(url)
    get = b"GET /%d HTTP/1.1\r\nhost: h\r\n%b\r\n"
    answer = await running.raw(get % (1, b"") + get % (2, CLOSE))
    assert b"evil" not in answer
    assert upstream.servers[0].connections == 2


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (post(CHAT, head=CLOSE), b"HTTP/1.1 200 "),
        (b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n", b"HTTP/1.1 200 "),
        (post(b"{}", path=b"/orders", head=CLOSE), b"HTTP/1.1 502 "),
    ],
    ids=["asks a model", "idempotent", "may change something"],
)
async def test_a_kept_connection_that_was_closing_is_replaced_where_asking_again_is_safe(
    gateway, upstream, request_, expected
):
    async def answer_once_and_close_on_the_next(peer):
        await peer.request()
        await peer.answer(b"{}")
        await peer.request()

    url = await upstream(answer_once_and_close_on_the_next)
    running = await gateway(url)
    await running.raw(post(CHAT, head=CLOSE))
    answer = await running.raw(request_)
    assert answer.startswith(expected)


@pytest.mark.parametrize("sent_before", [0, 1, len(CHAT) - 1], ids=["none", "some", "most"])
async def test_a_request_whose_body_comes_later_outlives_a_closing_connection(
    gateway, upstream, sent_before
):
    met = asyncio.Event()

    async def answer_once_and_close_on_the_next(peer):
        _, body = await peer.request()
        await peer.answer(body)
        await peer.head()
        met.set()

    running = await gateway(await upstream(answer_once_and_close_on_the_next))
    await running.raw(post(CHAT, head=CLOSE))
    whole = post(CHAT, head=CLOSE)
    first = len(whole) - len(CHAT) + sent_before
    reader, writer = await running.open()
    writer.write(whole[:first])
    await met.wait()
    writer.write(whole[first:])
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert body_of(answer) == CHAT
    assert upstream.servers[0].connections == 2


async def test_a_body_too_large_to_keep_is_not_sent_again(gateway, upstream):
    body = b'{"model":"%b"}' % (b"m" * 100_000)

    async def answer_once_and_close_on_the_next(peer):
        await peer.request()
        await peer.answer(b"{}")
        await peer.request()

    running = await gateway(await upstream(answer_once_and_close_on_the_next))
    await running.raw(post(CHAT, head=CLOSE))
    assert (await running.raw(post(body, head=CLOSE))).startswith(b"HTTP/1.1 502 ")
    assert upstream.servers[0].connections == 1


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
async def test_a_client_that_leaves_cancels_the_upstream(gateway, upstream, reset):
    cancelled = asyncio.Event()

    async def stream(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("said so far"))
        await peer.gone()
        cancelled.set()

    running = await gateway(await upstream(stream))
    reader, writer = await running.open()
    writer.write(post(CHAT))
    await reader.readuntil(event("said so far"))
    if reset:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
    async with asyncio.timeout(1):
        await cancelled.wait()
    exchange = await running.only_exchange()
    assert exchange.error == "client_closed"
    assert exchange.answer == "said so far"


async def test_a_client_that_leaves_while_connecting_leaves_nothing_behind(gateway, not_accepting):
    running = await gateway(not_accepting, connect_timeout=30)
    _, writer = await running.open()
    writer.write(post(CHAT))
    await writer.drain()
    async with asyncio.timeout(5):
        while (await running.metrics())["sidewatch_gateway_requests_in_flight"] != 1:
            pass
        writer.close()
        exchange = await running.only_exchange()
    assert exchange.error == "client_closed"
    assert (await running.metrics())["sidewatch_gateway_requests_in_flight"] == 0


async def test_a_silent_stream_is_noticed_while_it_is_silent(gateway, upstream):
    go_on = asyncio.Event()

    async def stall(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("before "))
        await go_on.wait()
        await peer.chunk(event("after"))
        await peer.end_stream()

    running = await gateway(await upstream(stall), stall_after=0.1)
    reader, writer = await running.open()
    writer.write(post(CHAT))
    notices = await running.exchanges(2)
    go_on.set()
    await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    done = (await running.exchanges(len(notices) + 1))[-1]
    assert {notice.state for notice in notices[:2]} == {"stalled"}
    assert notices[1].timing.idle >= 2 * notices[0].timing.idle >= 0.2
    assert notices[0].answer == "before "
    assert {notice.id for notice in notices} == {done.id}
    assert done.state == "done"
    assert done.answer == "before after"
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_exchanges_seen_total"] == 1
    assert metrics["sidewatch_gateway_exchanges_recorded_total"] == 1
    assert metrics["sidewatch_gateway_stalled_streams_total"] == len(notices)


async def test_a_plain_answer_that_takes_long_is_no_stall(gateway, upstream):
    asked = asyncio.Event()

    async def slow(peer):
        await peer.request()
        await asyncio.wait_for(asked.wait(), 5)
        await peer.answer(b'{"choices":[{"index":0,"message":{"content":"x"}}]}')

    running = await gateway(await upstream(slow), stall_after=0.02)
    plain = CHAT.replace(b"true", b"false")
    asking = asyncio.create_task(running.raw(post(plain, head=CLOSE)))
    metrics = {}
    for _ in range(30):
        metrics = await running.metrics()
    asked.set()
    await asking
    assert metrics["sidewatch_gateway_requests_in_flight"] == 1
    assert [e.state for e in await running.exchanges(1)] == ["done"]


class AwayJournal(MemoryJournal):
    """A journal that cannot be reached until told."""

    def __init__(self, **options):
        super().__init__(**options)
        self.away = True
        self.failed = asyncio.Event()

    async def append(self, records):
        if self.away:
            self.failed.set()
            raise JournalError("away")
        return await super().append(records)


async def test_a_journal_away_touches_no_traffic_and_loses_nothing_within_the_bound(
    gateway, upstream
):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal)
    for _ in range(20):
        assert (await running.raw(post(CHAT, head=CLOSE))).startswith(b"HTTP/1.1 200")
    await journal.failed.wait()
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_journal_up"] == 0
    assert metrics["sidewatch_gateway_queue_depth"] == 20
    journal.away = False
    assert len(await running.exchanges(20)) == 20


async def test_beyond_the_bound_exchanges_are_dropped_and_counted(gateway, upstream):
    running = await gateway(await upstream(echo), journal=AwayJournal(), queue_size=5)
    for _ in range(8):
        await running.raw(post(CHAT, head=CLOSE))
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_exchanges_seen_total"] == 8
    assert metrics['sidewatch_gateway_exchanges_dropped_total{reason="queue_full"}'] == 3


async def test_a_full_journal_is_counted(gateway, upstream):
    running = await gateway(await upstream(echo), journal=MemoryJournal(limit=2))
    for _ in range(4):
        await running.raw(post(CHAT, head=CLOSE))
    async with asyncio.timeout(5):
        while (await running.metrics())["sidewatch_gateway_queue_depth"]:
            pass
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_exchanges_recorded_total"] == 2
    assert metrics['sidewatch_gateway_exchanges_dropped_total{reason="journal_full"}'] == 2


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://x", "http://", "http://u:p@x", "http://x:99999"]
)
async def test_a_wrong_upstream_is_refused_with_a_reason(gateway, url):
    with pytest.raises(GatewayError, match="upstream"):
        await gateway(url)


async def test_a_busy_port_is_refused_with_a_remedy(gateway, upstream):
    first = await gateway(await upstream(echo))
    with pytest.raises(GatewayError, match="--listen"):
        await gateway("http://127.0.0.1:9", listen=f"127.0.0.1:{first.port}")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=test", "-addext"),
            *("subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


async def test_the_upstream_certificate_is_verified(gateway, upstream, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    running = await gateway(await upstream(echo, ssl=context))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 502 ")


async def test_a_trusted_upstream_is_reached_over_tls(gateway, upstream, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    running = await gateway(await upstream(echo, ssl=context))
    answer = await running.raw(post(CHAT, head=CLOSE))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert body_of(answer).endswith(CHAT)


async def refused(running) -> None:
    """Wait until no more connections are accepted."""
    with contextlib.suppress(OSError):
        while True:
            (await running.open())[1].close()


async def test_on_sigterm_streams_under_way_are_finished(gateway, upstream):
    go_on = asyncio.Event()

    async def stream(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("one "))
        await go_on.wait()
        await peer.chunk(event("two"))
        await peer.end_stream()

    running = await gateway(await upstream(stream))
    reader, writer = await running.open()
    writer.write(post(CHAT))
    await reader.readuntil(event("one "))
    signal.raise_signal(signal.SIGTERM)
    await refused(running)
    go_on.set()
    assert (await reader.read()).endswith(b"0\r\n\r\n")
    writer.close()
    await asyncio.wait_for(running.task, 5)
    assert (await running.only_exchange()).answer == "one two"


async def test_a_second_signal_ends_at_once(gateway, upstream):
    running = await gateway(await upstream(lambda peer: peer.gone()))
    _, writer = await running.open()
    writer.write(post(CHAT))
    async with asyncio.timeout(5):
        while (await running.metrics())["sidewatch_gateway_requests_in_flight"] != 1:
            pass
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(running.task, 5)
    writer.close()
    assert (await running.only_exchange()).error == "client_closed"
