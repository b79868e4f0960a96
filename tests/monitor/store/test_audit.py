import asyncio
from dataclasses import replace

from monitor.access.audit import AuditEntry, first_broken
from monitor.store.base import Store


def entry(number):
    return AuditEntry(at=float(number), by="ada", action="baseline.promote", subject=f"b@{number}")


async def test_entries_come_newest_first_and_follow_one_another(store: Store):
    assert await store.audit(limit=10) == []
    added = [await store.append_audit(entry(n)) for n in range(3)]
    assert await store.audit(limit=10) == added[::-1]
    assert await store.audit(limit=1) == added[-1:]
    assert first_broken(added) is None
    assert [each.previous for each in added] == ["", added[0].hash, added[1].hash]


async def test_the_same_change_again_is_added_once(store: Store):
    first = await store.append_audit(entry(1))
    assert await store.append_audit(entry(1)) == first
    assert await store.audit(limit=10) == [first]


async def test_entries_of_several_writers_are_one_chain(store: Store):
    await asyncio.gather(*(store.append_audit(entry(n)) for n in range(20)))
    kept = (await store.audit(limit=100))[::-1]
    assert {each.at for each in kept} == set(map(float, range(20)))
    assert first_broken(kept) is None


async def test_an_entry_that_was_changed_or_taken_out_is_noticed(store: Store):
    added = [await store.append_audit(entry(n)) for n in range(4)]
    changed = [*added[:2], replace(added[2], by="eve"), added[3]]
    assert first_broken(changed) == 2
    assert first_broken([added[0], *added[2:]]) == 1


async def test_the_whole_log_is_walked_oldest_first(store: Store):
    assert [each async for each in store.walk_audit()] == []
    added = [await store.append_audit(entry(n)) for n in range(5)]
    assert [each async for each in store.walk_audit()] == added
