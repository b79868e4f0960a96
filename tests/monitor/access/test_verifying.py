from dataclasses import replace

from monitor.access.audit import AuditEntry, seal
from monitor.access.verifying import verify
from monitor.store.memory import MemoryStore


async def log_of(entries):
    store = MemoryStore()
    store._audit.extend(entries)
    return store


def chain(length):
    entries = []
    for n in range(length):
        entry = AuditEntry(at=float(n), by="ada", action="key.create", subject=f"k{n}")
        entries.append(seal(entry, entries[-1].hash if entries else ""))
    return entries


async def test_a_log_as_it_was_written_is_whole():
    entries = chain(4)
    found = await verify(await log_of(entries))
    assert (found.good, found.entries, found.head) == (True, 4, entries[-1].hash)
    assert (await verify(MemoryStore())).good


async def test_the_first_broken_entry_is_named():
    a, b, c, d = chain(4)
    for broken, place in (
        ([a, b, replace(c, by="eve"), d], 2),
        ([a, c, d], 1),
        ([b, c, d], 0),
        ([a, c, b, d], 1),
        ([a, b, seal(replace(c, by="eve"), b.hash), d], 3),
        ([a, b, c, c, d], 3),
    ):
        found = await verify(await log_of(broken))
        assert not found.good
        assert (found.entries, found.broken) == (place, broken[place])


async def test_what_was_cut_off_at_the_end_is_noticed_by_a_head_from_before():
    entries = chain(4)
    cut = await log_of(entries[:3])
    assert (await verify(cut)).good
    assert not (await verify(cut, expected=entries[3].hash)).good
    assert (await verify(cut, expected=entries[1].hash)).good
