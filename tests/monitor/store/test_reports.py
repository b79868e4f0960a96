import asyncio

from monitor.store.base import Store

PARTS = {"html": b"\x1f\x8bpage", "json": b"{}"}


async def test_a_report_comes_back_by_its_parts(store: Store):
    assert await store.get_report("i1", "html") is None
    await store.put_report("i1", PARTS, at=1.0, ttl=60, room=1_000)
    assert await store.get_report("i1", "html") == PARTS["html"]
    assert await store.get_report("i1", "json") == b"{}"
    assert await store.get_report("i1", "other") is None
    assert await store.get_report("i2", "html") is None


async def test_a_later_report_of_the_incident_replaces_all_of_it(store: Store):
    await store.put_report("i1", PARTS, at=1.0, ttl=60, room=1_000)
    await store.put_report("i1", {"json": b"[]"}, at=2.0, ttl=60, room=1_000)
    assert await store.get_report("i1", "json") == b"[]"
    assert await store.get_report("i1", "html") is None


async def test_the_oldest_make_room(store: Store):
    for number in (3, 1, 2):
        await store.put_report(f"i{number}", {"json": b"x" * 40}, at=number, ttl=60, room=100)
    kept = [number for number in (1, 2, 3) if await store.get_report(f"i{number}", "json")]
    assert kept == [2, 3]


async def test_what_is_larger_than_the_room_is_not_kept_and_costs_no_other(store: Store):
    await store.put_report("i1", {"json": b"x" * 100}, at=1.0, ttl=60, room=100)
    await store.put_report("i2", {"json": b"x" * 101}, at=2.0, ttl=60, room=100)
    assert await store.get_report("i1", "json") is not None
    assert await store.get_report("i2", "json") is None


async def test_a_report_expires_and_leaves_its_room(store: Store):
    await store.put_report("i1", {"json": b"x" * 60}, at=9.0, ttl=0.01, room=100)
    async with asyncio.timeout(10):
        while await store.get_report("i1", "json") is not None:
            await asyncio.sleep(0.005)
    await store.put_report("i2", {"json": b"x" * 60}, at=1.0, ttl=60, room=100)
    assert await store.get_report("i2", "json") is not None
