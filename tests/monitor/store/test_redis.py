import asyncio
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from monitor.access.audit import AuditEntry
from monitor.access.verifying import verify
from monitor.store.base import (
    BaselineRecord,
    ConflictError,
    IncidentQuery,
    LeaseLostError,
    StoreError,
)
from monitor.store.redis import RedisStore

DOCS = Path(__file__).parents[3] / "docs" / "store.md"


@pytest.fixture
async def stores(own_server):
    """Two processes' stores on one server."""
    opened = RedisStore(own_server.limited), RedisStore(own_server.limited)
    yield opened
    for store in opened:
        await store.close()


async def test_what_was_acknowledged_survives_a_killed_server(stores, own_server, make_incident):
    store, other = stores
    await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    lease = await store.acquire(0, "a", ttl=3_600)
    await store.save_checkpoint(lease, position="5-0", state=b"state")
    await store.put_vector("i1", "safety", np.float32([1, 0]).tobytes())
    own_server.kill()
    with pytest.raises(StoreError):
        await store.ping()
    own_server.start()
    assert [each.id for each in (await store.incidents(IncidentQuery())).items] == ["i1"]
    assert not await other.save_incident(make_incident("i2"), expected_version=0, counted=["d1"])
    assert await other.acquire(0, "b", ttl=1) is None
    assert await other.load_checkpoint(0) == ("5-0", b"state")
    found = await other.similar(np.float32([1, 0]).tobytes(), detector="safety", limit=1)
    assert found == [("i1", 1.0)]


async def test_two_processes_lose_no_update(stores, make_incident):
    await stores[0].save_incident(make_incident(count=0), expected_version=0)

    async def write(store):
        done = 0
        while done < 100:
            read = await store.get_incident("i1")
            changed = replace(read, count=read.count + 1, last_seen=read.last_seen + 1)
            try:
                await store.save_incident(changed, expected_version=read.version)
            except ConflictError:
                continue
            done += 1

    await asyncio.gather(*(write(store) for store in stores))
    incident = await stores[0].get_incident("i1")
    assert (incident.count, incident.version) == (200, 201)
    assert len((await stores[0].incidents(IncidentQuery())).items) == 1


async def test_two_processes_count_a_detection_once(stores, make_incident):
    written = await asyncio.gather(
        *(
            store.save_incident(make_incident(f"i{n}"), expected_version=0, counted=["d1"])
            for n, store in enumerate(stores * 10)
        )
    )
    assert sum(written) == 1
    assert len((await stores[0].incidents(IncidentQuery())).items) == 1


async def test_a_process_finds_what_another_put_also_after_the_server_was_emptied(
    stores, own_server
):
    mine, other = stores
    right, up = np.float32([1, 0]).tobytes(), np.float32([0, 1]).tobytes()
    for n in range(3):
        await other.put_vector(f"old{n}", "safety", right)
        assert len(await mine.similar(right, detector="safety", limit=9)) == n + 1
    with own_server.client() as client:
        client.flushall()
    assert await mine.similar(right, detector="safety", limit=9) == []
    for n in range(5):
        await other.put_vector(f"new{n}", "safety", up)
    found = await mine.similar(up, detector="safety", limit=9)
    assert [name for name, _ in found] == [f"new{n}" for n in range(5)]


async def test_a_lease_that_expires_is_lost_to_its_owner(stores):
    store, other = stores
    first = await store.acquire(0, "a", ttl=0.01)
    async with asyncio.timeout(10):
        while (second := await other.acquire(0, "b", ttl=3_600)) is None:
            await asyncio.sleep(0.005)
    with pytest.raises(LeaseLostError):
        await store.save_checkpoint(first, position="1-0", state=b"late")
    await other.save_checkpoint(second, position="1-0", state=b"mine")
    assert await store.load_checkpoint(0) == ("1-0", b"mine")


async def test_at_the_memory_limit_the_watch_stage_goes_on_and_the_rest_is_refused(
    stores, own_server, make_incident
):
    store, _ = stores
    with own_server.client() as client:
        client.set("ballast", b"x" * 2_000_000)
        client.config_set("maxmemory", 1_000_000)
    with pytest.raises(StoreError, match="maxmemory"):
        await store.put_exchanges([("a", 1.0, b"a")], ttl=60)
    with pytest.raises(StoreError, match="maxmemory"):
        await store.put_report("i1", {"json": b"{}"}, at=1.0, ttl=60, room=100)
    lease = await store.acquire(0, "a", ttl=3_600)
    await store.save_checkpoint(lease, position="5-0", state=b"state")
    assert await store.load_checkpoint(0) == ("5-0", b"state")
    assert await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    assert [each.id for each in (await store.incidents(IncidentQuery())).items] == ["i1"]


async def test_more_callers_than_connections_wait_for_one_another(stores):
    await asyncio.gather(*(stores[0].add_counts({"calls": 1}) for _ in range(500)))
    assert await stores[0].counts() == {"calls": 500}


async def test_every_key_is_in_the_documentation(stores, own_server, make_incident):
    store, _ = stores
    documented = set(re.findall(r"`:([a-z-]+)", DOCS.read_text("utf-8")))
    lease = await store.acquire(0, "a", ttl=60)
    await store.save_checkpoint(lease, position="1-0", state=b"")
    await store.put_exchanges([("a", 1.0, b"a")], ttl=60)
    await store.save_incident(make_incident(), expected_version=0, counted=["d1"])
    await store.put_vector("i1", "safety", np.float32([1, 0]).tobytes())
    await store.put_baseline(BaselineRecord(name="b", created=1.0, size=1, encoder="e"), b"")
    await store.promote_baseline("b", model="")
    await store.put_report("i1", {"json": b"{}"}, at=1.0, ttl=60, room=100)
    await store.add_counts({"a": 1})
    with own_server.client() as client:
        found = {key.decode().split(":")[1] for key in client.scan_iter()}
        assert all(key.startswith(b"{sidewatch}:") for key in client.scan_iter())
    assert len(found) >= 16
    assert found <= documented


async def test_an_entry_that_we_did_not_write_breaks_the_audit_log_where_it_stands(
    stores, own_server
):
    store, _ = stores
    for n in range(2):
        await store.append_audit(
            AuditEntry(at=float(n), by="ada", action="key.create", subject="k")
        )
    with own_server.client() as client:
        client.xadd("{sidewatch}:audit", {"entry": "not JSON"})
    await store.append_audit(AuditEntry(at=9.0, by="ada", action="key.revoke", subject="k"))
    found = await verify(store)
    assert (found.entries, found.broken.action) == (2, "unreadable")
    assert len(await store.audit(limit=9)) == 4


async def test_other_processes_find_a_deleted_vector_no_more(stores):
    store, other = stores
    for n in range(3):
        row = np.float32([n, 1]) / np.hypot(n, 1)
        await store.put_vector(f"i{n}", "safety", np.float32(row).tobytes())
    query = np.float32([1, 0]).tobytes()
    before = await other.similar(query, detector="safety", limit=9)
    assert [name for name, _ in before] == ["i2", "i1", "i0"]
    await store.delete_vector("i2")
    after = await other.similar(query, detector="safety", limit=9)
    assert after == before[1:]


async def test_a_process_that_missed_more_changes_than_are_kept_finds_all(stores, monkeypatch):
    monkeypatch.setattr("monitor.store.redis.vectors._MOST_CHANGES", 5)
    store, other = stores
    sides = [np.float32(row).tobytes() for row in ([1, 0], [0, 1])]
    for n in range(4):
        await store.put_vector(f"i{n}", "safety", sides[0])
    assert len(await other.similar(sides[0], detector="safety", limit=9)) == 4
    for turn in range(23):
        await store.put_vector(f"i{turn % 3}", "safety", sides[turn % 2])
        if turn % 7 == 0:
            await store.delete_vector("i3")
            await store.put_vector("i3", "safety", sides[turn % 2])
        found = dict(await other.similar(sides[1], detector="safety", limit=9))
        assert found == {
            f"i{n}": float(await store.get_vector(f"i{n}") == sides[1]) for n in range(4)
        }


async def test_calls_to_several_processes_are_counted_together_and_then_forgotten(
    stores, own_server
):
    calls = [store.take("k", rate=100.0, most=4.0) for store in stores for _ in range(4)]
    waits = await asyncio.gather(*calls)
    assert 4 <= waits.count(0.0) < 8
    with own_server.client() as client:
        async with asyncio.timeout(10):
            while client.exists("{sidewatch}:rate:k"):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("command", [["KEYS", "*"], ["SCAN", "0"], ["GET", "another's"]])
async def test_the_tests_run_as_a_user_who_may_not_walk_the_keys(own_server, command):
    async with Redis.from_url(own_server.limited) as client:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command)
