"""The stream of events, driven as a server drives it, and once over a socket."""

import asyncio
import json
from dataclasses import replace

import pytest
from incidents import make_incident
from served_app import served

from api.events.streams import EventStream, StreamDesk
from api.events.telling import Telling, Wanted, encoded
from api.guard.callers import LOCAL
from monitor.access.issuing import issue, revoke
from monitor.incidents.events import Signature, events_between

NOW = 1_764_000_000.5
URL = "/api/v1/events"
PATIENCE = 30.0


async def change(store, name, **fields):
    """Opens an incident, or changes it; the events of that."""
    before = await store.get_incident(name)
    after = replace(before or make_incident(name, fingerprint=f"f-{name}"), **fields)
    events = events_between(before, after, Signature("ada", NOW))
    version = before.version if before else 0
    await store.save_incident(after, expected_version=version, events=events)


def parsed(text):
    """Id, kind and data of each event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if "event" in fields:
            found.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found


async def read(client, query="", headers=None):
    """What a stream of half a second tells."""
    answer = await client.get(f"{URL}?seconds=0.5&{query}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parsed(answer.text)


async def test_a_stream_tells_each_change_with_the_incident_as_it_then_was(client, store):
    await change(store, "i1")
    await change(store, "i1", status="acknowledged", owner="ada")
    told = await read(client, "after=0-0")
    kinds = [(kind, data["incident"]["status"]) for _, kind, data in told]
    assert kinds == [
        ("opened", "open"),
        ("acknowledged", "acknowledged"),
        ("assigned", "acknowledged"),
    ]
    assert [name for name, _, _ in told] == [data["id"] for _, _, data in told]


async def test_a_stream_goes_on_behind_the_last_event_that_was_seen(client, store):
    for name in "abc":
        await change(store, name)
    first = (await read(client, "after=0-0"))[0][0]
    for again in (
        await read(client, headers={"Last-Event-ID": first}),
        await read(client, f"after={first}"),
        await read(client, "after=0-0", headers={"Last-Event-ID": first}),
    ):
        assert [data["incident"]["id"] for _, _, data in again] == ["b", "c"]


async def test_a_stream_without_a_beginning_tells_what_comes_now(client, store):
    await change(store, "before")

    async def later():
        while not store_is_read.is_set():
            await asyncio.sleep(0.01)
        await change(store, "after")

    store_is_read = asyncio.Event()
    reading = store.events

    async def noticing(**more):
        store_is_read.set()
        return await reading(**more)

    store.events = noticing
    told, _ = await asyncio.gather(read(client, "seconds=1"), later())
    assert [data["incident"]["id"] for _, _, data in told] == ["after"]


async def test_only_what_was_asked_for_is_told(client, store):
    await change(store, "a")
    await change(store, "b")
    await change(store, "a", severity="critical")
    assert [kind for _, kind, _ in await read(client, "after=0-0&kind=severity")] == ["severity"]
    told = await read(client, "after=0-0&incident=a")
    assert [kind for _, kind, _ in told] == ["opened", "severity"]


async def test_a_key_of_a_tenant_follows_its_own(make_api, key_for, store):
    for name, tenant in (("ours", "acme"), ("theirs", "globex"), ("nobodys", "")):
        await change(store, name, tenant=tenant)
    headers = await key_for("read", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        answer = await client.get(f"{URL}?seconds=0.2&after=0-0")
    assert [data["incident"]["id"] for _, _, data in parsed(answer.text)] == ["ours"]
    assert "globex" not in answer.text


async def test_a_reader_who_comes_too_late_is_told_of_the_gap(client, store):
    await change(store, "a")
    oldest = (await read(client, "after=0-0"))[0][0]
    time, _, number = oldest.partition("-")
    older = f"{int(time) - 1}-{number}" if int(time) > 1 else "0-1"
    assert [kind for _, kind, _ in await read(client, f"after={older}")] == ["gap", "opened"]
    assert [kind for _, kind, _ in await read(client, f"after={oldest}")] == []


@pytest.mark.parametrize("wrong", ["after=x", "kind=closed", "seconds=0", "afther=1-0"])
async def test_what_cannot_be_followed_is_refused(client, wrong):
    assert (await client.get(f"{URL}?{wrong}")).status_code == 422
    assert (await client.get(URL, headers={"Last-Event-ID": "x"})).status_code == 422


async def test_silence_is_filled_and_a_key_that_is_revoked_ends_it(store):
    _, record = await issue(store, name="k", scope="read", by="ada", at=NOW)
    caller = replace(LOCAL, key=record.id)
    telling = Telling(store, caller, Wanted("0-0"), lambda: NOW, beat=0.01)
    told = []
    async with asyncio.timeout(PATIENCE):
        async for part in telling.parts():
            told.append(part)
            if len(told) == 4:
                await revoke(store, record.id, by="ada", at=NOW)
    assert told[:4] == [b"id: 0-0\nretry: 2000\n\n", *[b"id: 0-0\n\n"] * 3]


def test_an_event_is_one_block_whatever_its_text():
    incident = make_incident("a", note="two\nlines\r\nid: 7\n\nevent: x")
    (event,) = events_between(None, incident, Signature("ada", NOW))
    text = encoded(replace(event, id="1-0")).decode()
    assert text.count("\n") == 4
    ((name, kind, data),) = parsed(text)
    assert (name, kind, data["incident"]["note"]) == ("1-0", "opened", incident.note)


async def parts_until(stop):
    yield b"first\n\n"
    await stop.wait()
    yield b"last\n\n"


class Reader:
    """A client as the server sees it: takes what is sent, unless it is stuck, and may leave."""

    def __init__(self):
        self.taken = []
        self.leaves = asyncio.Event()
        self.stuck = False
        self.came = asyncio.Event()

    async def send(self, message):
        if self.stuck:
            await asyncio.Event().wait()
        self.taken.append(message)
        self.came.set()

    async def receive(self):
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def bodies(self):
        return [m["body"] for m in self.taken if m["type"] == "http.response.body"]

    async def is_told(self, count):
        async with asyncio.timeout(PATIENCE):
            while len(self.bodies) < count:
                self.came.clear()
                await self.came.wait()


async def test_a_stream_ends_when_its_reader_leaves():
    reader, desk, stop = Reader(), StreamDesk(1), asyncio.Event()
    telling = asyncio.create_task(
        EventStream(parts_until(stop), desk)({}, reader.receive, reader.send)
    )
    await reader.is_told(1)
    reader.leaves.set()
    async with asyncio.timeout(PATIENCE):
        await telling
    with desk.place():
        assert reader.bodies == [b"first\n\n"]


async def test_a_reader_that_takes_nothing_is_cut():
    reader, desk, stop = Reader(), StreamDesk(1), asyncio.Event()
    stream = EventStream(parts_until(stop), desk, patience=0.01)
    telling = asyncio.create_task(stream({}, reader.receive, reader.send))
    await reader.is_told(1)
    reader.stuck = True
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait({telling})
    assert b"last\n\n" not in reader.bodies
    with desk.place():
        pass


async def test_streams_end_in_order_when_the_process_wants_to_end():
    reader, desk, stop = Reader(), StreamDesk(1), asyncio.Event()
    telling = asyncio.create_task(
        EventStream(parts_until(stop), desk)({}, reader.receive, reader.send)
    )
    await reader.is_told(1)
    desk.close()
    async with asyncio.timeout(PATIENCE):
        await telling
    assert reader.taken[-1] == {"type": "http.response.body", "body": b""}


async def test_no_more_streams_are_open_than_there_is_room_for(make_api):
    app = make_api.app(event_streams=1)
    async with served(app) as client, client.stream("GET", URL) as first:
        assert first.status_code == 200
        lines = first.aiter_lines()
        await anext(lines)
        refused = await client.get(f"{URL}?seconds=1")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        app.state.context.streams.close()


async def test_events_come_over_a_socket_as_they_happen(make_api, store):
    app = make_api.app()
    async with served(app) as client, client.stream("GET", f"{URL}?kind=opened") as answer:
        lines = answer.aiter_lines()
        assert [await anext(lines), await anext(lines)] == ["id: 0-0", "retry: 2000"]
        for name in ("a", "b"):
            await change(store, name)
            async with asyncio.timeout(PATIENCE):
                async for line in lines:
                    if line.startswith("data: "):
                        break
            assert json.loads(line[6:])["incident"]["id"] == name
        app.state.context.streams.close()
