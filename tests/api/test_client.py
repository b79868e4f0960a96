"""The typed client against the API on a real socket, and against servers that fail it."""

import asyncio
import importlib.util
import io
import re
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from served_app import served

from api.client import ApiError, AsyncClient, Client, EventsMissedError, UnreachableError
from api.client.call import Call
from api.client.endpoint import Endpoint
from api.client.endpoints import Endpoints
from api.events.telling import encoded
from monitor.incidents.changes import change_stored
from monitor.incidents.detections import KeptDetection
from monitor.incidents.events import Signature
from monitor.incidents.incident import assign

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "client.md"
EXAMPLE = DOCS / "examples" / "handover.py"


class InThreads:
    """The client that waits, for a test that must not."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *args, **more: asyncio.to_thread(method, *args, **more)

    async def every(self, what="incidents", *, most=1_000, **filters):
        read = getattr(self._client, what)
        return await asyncio.to_thread(lambda: list(islice(read(**filters), most)))


class Awaited:
    """The client that is awaited, with the same ways."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    async def every(self, what="incidents", *, most=1_000, **filters):
        found = []
        async with aclosing(getattr(self._client, what)(**filters)) as read:
            async for each in read:
                found.append(each)
                if len(found) == most:
                    break
        return found


@asynccontextmanager
async def clients(kind, url, key="", **options):
    if kind == "waiting":
        with Client(url, key, **options) as client:
            yield InThreads(client)
    else:
        async with AsyncClient(url, key, **options) as client:
            yield Awaited(client)


@pytest.fixture(params=["waiting", "awaited"])
def kind(request):
    return request.param


@pytest.fixture
async def url(make_api, filled):
    async with served(make_api.app()) as http:
        yield str(http.base_url)


@pytest.fixture
async def api(kind, url):
    async with clients(kind, url) as client:
        yield client


async def test_an_incident_is_read_found_and_told_about(api):
    found = await api.incident("i1")
    assert (found.id, found.detector, found.status) == ("i1", "safety", "open")
    page = await api.incident_page(detector=["safety", "latency"], limit=1)
    assert ([each.id for each in page.items], page.cursor) == (["i1"], "")
    assert [each.id for each in (await api.incident_page(q="harm")).items] == ["i2", "i1"]
    bundle = await api.bundle("i1")
    assert bundle.contributing_factors[0].name == "self_harm"
    packed = zipfile.ZipFile(io.BytesIO(await api.bundle_zip("i1", texts="none")))
    assert any(name.endswith("bundle.json") for name in packed.namelist())
    assert (await api.similar("i1", limit=3)).items == []


async def test_every_incident_is_read_page_by_page(api, put_incident):
    for n in range(205):
        await put_incident(f"n{n:03}", seen=5_000.0 + n, kind="pages")
    found = await api.every(kind="pages", sort="first_seen")
    assert [each.id for each in found] == [f"n{n:03}" for n in range(205)]


async def test_the_life_of_an_incident(api):
    taken = await api.acknowledge("i1", owner="ada", note="Looking.")
    assert (taken.status, taken.owner) == ("acknowledged", "ada")
    await api.add_note("i1", "Rolled back.", by="ada")
    assert [note.text for note in (await api.notes("i1")).items] == ["Looking.", "Rolled back."]
    with pytest.raises(ApiError) as refused:
        await api.change("i1", owner="bob", unless_changed=taken)
    assert refused.value.status == 412
    linked = await api.change("i1", links=["https://tickets.example/1"])
    assert linked.links == ["https://tickets.example/1"]
    assert (await api.resolve("i1", note="Done.")).status == "resolved"
    assert (await api.reopen("i1")).status == "open"
    given = await api.label("i1", "true_positive", reason="It was one.", by="ada")
    assert (await api.labels("i1")).items == [given]
    kinds = [moment.kind for moment in (await api.timeline("i1")).items]
    assert [kind for kind in kinds if kind in {"acknowledged", "resolved", "reopened"}] == [
        "acknowledged",
        "resolved",
        "reopened",
    ]


async def test_many_are_changed_at_once_and_each_is_told(api):
    made = await api.change_all(["i1", "none", "i2"], status="acknowledged", owner="ada")
    assert made.changed == 2
    assert [(item.id, item.status) for item in made.items] == [
        ("i1", 200),
        ("none", 404),
        ("i2", 200),
    ]


async def test_detections_are_read_by_what_they_are_of(api, filled):
    told = {"detector": "safety", "kind": "self_harm", "rule": "r", "severity": "warning"}
    kept = [
        KeptDetection(
            id=f"d{n}",
            at=1_000.0 + n,
            incident_id="i1",
            score=0.9,
            threshold=0.5,
            model="m",
            **told,
        )
        for n in range(3)
    ]
    await filled.put_detections(kept, ttl=60.0, room=100)
    assert await api.every("detections", incident="i1", sort="at") == kept
    assert await api.every("detections", detector="drift") == []


async def test_changes_are_followed_from_where_one_was(kind, make_api, filled):
    app = make_api.app()
    async with served(app) as http, clients(kind, str(http.base_url)) as api:
        await api.acknowledge("i1", owner="ada")
        await api.resolve("i2")
        first, *rest = await api.every("events", after="0-0", most=3)
        assert [each.incident_id for each in rest][-1] == "i2"
        assert await api.every("events", after=first.id, most=2) == rest
        only = await api.every("events", after="0-0", kinds=["resolved"], incidents=["i2"], most=1)
        assert (only[0].kind, only[0].incident.status) == ("resolved", "resolved")
        app.state.context.streams.close()


async def test_a_stream_that_is_cut_goes_on_behind_what_was_read(kind, filled):
    """A server that sends one event for each connection, and says after which one it was asked."""
    asked = []
    for name in ("i1", "i2"):
        signature = Signature("ada", 1.0, "Looking.")
        noted = partial(assign, at=1.0, note="Looking.")
        await change_stored(filled, name, noted, signature)
    log = await filled.events(after="", count=10, wait=0.0)
    assert len(log) == 2

    async def one(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        after = head.partition("after=")[2].split()[0] if "after=" in head else ""
        asked.append(after)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Content-Length: 1000000\r\n\r\n")
        writer.write(b"id: %b\nretry: 2000\n\n" % (after or "0-1").encode())
        if len(asked) > 1:
            writer.write(encoded(log[len(asked) - 2]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, clients(kind, f"http://127.0.0.1:{port}") as api:
        assert await api.every("events", most=2) == log
    assert asked == ["", "0-1", log[0].id]


async def test_events_that_have_gone_are_not_passed_over(kind, make_api, filled):
    async def gone(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        writer.write(b'id: 5-0\nretry: 2000\n\nevent: gap\ndata: {"detail":"gone"}\n\n')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(gone, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, clients(kind, f"http://127.0.0.1:{port}") as api:
        with pytest.raises(EventsMissedError, match="5-0"):
            await api.every("events", after="5-0", most=1)


async def test_the_service(api):
    assert (await api.score({"prompt": "Good morning"})).prompt.unsafe == 0.25
    scored = await api.score_all([{"id": "a", "prompt": "x"}, {"id": "b", "prompt": "y"}])
    assert [each.id for each in scored] == ["a", "b"]
    assert (await api.exchange("x1")).exchange.response.text == "Good morning"
    assert len((await api.exchanges(since=0.0, until=2_000.0)).items) == 1
    assert (await api.promote_baseline("b1", model="m", by="ada")).used_by == ["m"]
    assert [each.name for each in (await api.baselines()).items] == ["b1"]
    marker = await api.mark("deployment", "vLLM 0.12", version="v0.12.0")
    assert (await api.markers(since=0.0)).items == [marker]
    silence = await api.silence("Load test.", seconds=60.0, detector="latency")
    assert (await api.silences()).items == [silence]
    await api.end_silence(silence.id)
    assert (await api.silences()).items == []
    assert (await api.alerts()).items == (await api.dead_letters()).items == []
    with pytest.raises(ApiError, match="there is no dead letter 'none'"):
        await api.retry_dead_letter("none")
    with pytest.raises(ApiError, match="there is no dead letter 'none'"):
        await api.drop_dead_letter("none")
    stats = await api.stats()
    assert (stats.counts["scored"], stats.incidents.total) == (7, 2)
    assert "policy" in await api.policy()


async def test_what_is_refused_is_told_with_its_fields(api):
    with pytest.raises(ApiError, match="there is no incident 'none'") as absent:
        await api.incident("none")
    assert absent.value.status == 404
    with pytest.raises(ApiError, match="limit: ") as invalid:
        await api.incident_page(limit=0)
    assert [each.field for each in invalid.value.problem.errors] == ["limit"]


async def test_a_name_with_signs_is_one_part_of_the_path(api):
    with pytest.raises(ApiError, match=r"there is no incident '\.\.\?a=b#c %2F'"):
        await api.incident("..?a=b#c %2F")


async def test_a_key_is_sent_and_asked_for(kind, make_api, filled, key_for):
    header = await key_for("read")
    key = header["Authorization"].removeprefix("Bearer ")
    async with served(make_api.app(require_key=True)) as http:
        async with clients(kind, str(http.base_url), key) as api:
            assert (await api.incident("i1")).id == "i1"
            with pytest.raises(ApiError) as forbidden:
                await api.resolve("i1")
            assert forbidden.value.status == 403
        async with clients(kind, str(http.base_url)) as api:
            with pytest.raises(ApiError) as unknown:
                await api.incident("i1")
            assert unknown.value.status == 401


@dataclass
class Flaky:
    """An application that fails so many requests, each in the same way, before the real one answers."""

    app: object
    failures: int
    status: int = 503
    seen: list = field(default_factory=list)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        self.seen.append((scope["method"], headers.get(b"idempotency-key", b"")))
        if len(self.seen) > self.failures:
            await self.app(scope, receive, send)
        elif self.status:
            start = {"type": "http.response.start", "status": self.status}
            await send({**start, "headers": [(b"retry-after", b"0")]})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            raise ConnectionError("cut off without an answer")


async def test_what_is_answered_not_now_is_sent_again_and_counts_once(kind, make_api, filled):
    flaky = Flaky(make_api.app(), failures=2)
    async with served(flaky) as http, clients(kind, str(http.base_url)) as api:
        await api.add_note("i1", "Once.")
        assert len((await api.notes("i1")).items) == 1
    *posted, _ = flaky.seen
    assert [method for method, _ in posted] == ["POST"] * 3
    assert len({key for _, key in posted} - {b""}) == 1


async def test_what_stays_refused_is_told_after_the_last_attempt(kind, make_api, filled):
    flaky = Flaky(make_api.app(), failures=9, status=429)
    async with served(flaky) as http, clients(kind, str(http.base_url), attempts=3) as api:
        with pytest.raises(ApiError) as busy:
            await api.stats()
    assert (busy.value.status, len(flaky.seen)) == (429, 3)


async def test_where_nobody_listens_is_told(kind):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with clients(kind, url, attempts=2) as api:
            with pytest.raises(UnreachableError, match=f"no answer from {url}"):
                await api.stats()


async def cut_off(reader, writer):
    """Takes a request and closes the connection without an answer."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(("method", "arrived"), [("stats", 3), ("resolve", 1)])
async def test_a_change_that_may_have_been_made_is_not_made_again(kind, method, arrived):
    connections = []

    async def count(reader, writer):
        connections.append(writer)
        await cut_off(reader, writer)

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, clients(kind, f"http://127.0.0.1:{port}", attempts=3) as api:
        with pytest.raises(UnreachableError):
            await getattr(api, method)(*(["i1"] if method == "resolve" else []))
    assert len(connections) == arrived


async def test_what_is_no_sidewatch_is_told(kind):
    async def page(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(page, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, clients(kind, f"http://127.0.0.1:{port}") as api:
        with pytest.raises(ApiError, match="is this Sidewatch"):
            await api.stats()


def test_each_endpoint_says_what_it_does():
    endpoints = [each for each in vars(Endpoints).values() if isinstance(each, Endpoint)]
    assert len(endpoints) > 20
    assert all(each.__doc__ for each in endpoints)


def test_a_request_that_only_reads_is_repeatable_and_a_change_is_not():
    made = [Call(method=m, path="/", returns=bytes).is_repeatable for m in ("GET", "PATCH")]
    assert made == [True, False]


async def test_the_example_tells_what_is_left_at_the_end_of_a_watch(url, filled, put_incident):
    await put_incident("now", seen=time.time(), severity="critical", title="safety: weapons on m")
    spec = importlib.util.spec_from_file_location("handover", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    await filled.put_bundle(replace(await filled.get_bundle("i1"), incident_id="now"))
    lines = await asyncio.to_thread(example.handover, url)
    assert lines == ["critical safety: weapons on m, 1 times. look"]


async def test_the_page_names_methods_that_there_are():
    named = re.findall(
        r"`([a-z_]+)`", PAGE.read_text().partition("| what |")[2].partition("Whatever")[0]
    )
    known = {*vars(Endpoints), *vars(Client)}
    assert named
    assert {name for name in named if name not in known} == {"q", "like"}


def test_it_needs_neither_the_server_nor_numpy():
    code = (
        "import sys, api.client;"
        "print([m for m in ('numpy', 'fastapi', 'pydantic', 'redis') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
