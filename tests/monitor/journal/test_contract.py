import asyncio

import pytest

from monitor.journal.base import Backlog, Journal, JournalError, Scored

AT_ONCE = 0.0
LONG = 3_600.0


def scored(entry, key=None, shard=0):
    return Scored(entry, key or entry.data.decode(), shard, b"observed " + entry.data)


async def read_all(journal, consumer="a", count=100):
    return await journal.read(consumer, count=count, wait=0)


async def watched(journal, shard=0, after=""):
    return await journal.observations(shard, after=after, count=100, wait=0)


async def test_entries_come_out_in_the_order_in_which_they_went_in(journal: Journal):
    assert await journal.append([b"one", b"two"]) == 2
    assert await journal.append([b"three"]) == 1
    entries = await read_all(journal)
    assert [entry.data for entry in entries] == [b"one", b"two", b"three"]
    assert {entry.deliveries for entry in entries} == {1}


async def test_any_bytes_survive(journal: Journal):
    record = bytes(range(256)) * 4_000
    await journal.append([record, b""])
    assert [entry.data for entry in await read_all(journal)] == [record, b""]


async def test_appending_nothing_adds_nothing(journal: Journal):
    assert await journal.append([]) == 0
    assert await journal.backlog() == Backlog(0, 0, 0, 0)


async def test_an_entry_goes_to_one_consumer_only(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    first = await read_all(journal, "a", count=2)
    second = await read_all(journal, "b")
    assert [entry.data for entry in (*first, *second)] == [b"one", b"two", b"three"]
    assert len(first) == 2


async def test_reading_an_empty_journal_ends_after_the_wait(journal: Journal):
    assert await journal.read("a", count=10, wait=0.02) == []
    assert await journal.observations(0, after="", count=10, wait=0.02) == []


async def test_a_waiting_reader_gets_what_is_appended(journal: Journal):
    reading = asyncio.create_task(journal.read("a", count=10, wait=30))
    await asyncio.sleep(0)
    await journal.append([b"one"])
    assert [entry.data for entry in await reading] == [b"one"]


async def test_a_waiting_watcher_gets_what_is_committed(journal: Journal):
    await journal.append([b"one"])
    entries = await read_all(journal)
    watching = asyncio.create_task(journal.observations(0, after="", count=10, wait=30))
    await asyncio.sleep(0)
    await journal.commit([scored(entry) for entry in entries])
    assert [data for _, data in await watching] == [b"observed one"]


async def test_what_does_not_fit_is_refused(journal: Journal, limit: int):
    records = [str(n).encode() for n in range(limit + 7)]
    assert await journal.append(records) == limit
    assert await journal.append([b"more"]) == 0
    assert [entry.data for entry in await read_all(journal)] == records[:limit]


async def test_room_comes_back_when_observations_are_forgotten(journal: Journal, limit: int):
    await journal.append([str(n).encode() for n in range(limit)])
    assert await journal.commit([scored(entry) for entry in await read_all(journal)]) == limit
    assert await journal.append([b"more"]) == 0, "unwatched observations take room"
    position, _ = (await watched(journal))[9]
    await journal.forget(0, through=position)
    assert await journal.append([b"more"] * 20) == 10


async def test_a_commit_moves_the_entry_to_its_shard(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    one, two, three = await read_all(journal)
    committed = [scored(one, shard=1), scored(two, shard=2), scored(three, shard=1)]
    assert await journal.commit(committed) == 3
    assert [data for _, data in await watched(journal, 1)] == [b"observed one", b"observed three"]
    assert [data for _, data in await watched(journal, 2)] == [b"observed two"]
    assert await journal.backlog() == Backlog(exchanges=0, pending=0, observations=3, dead=0)


async def test_an_entry_committed_twice_counts_once(journal: Journal):
    await journal.append([b"one"])
    (entry,) = await read_all(journal)
    assert await journal.commit([scored(entry)]) == 1
    assert await journal.commit([scored(entry, key="another")]) == 0
    assert len(await watched(journal)) == 1


async def test_an_exchange_appended_twice_counts_once(journal: Journal):
    await journal.append([b"one", b"one"])
    first, second = await read_all(journal)
    assert await journal.commit([scored(first), scored(second)]) == 1
    assert (await journal.backlog()).exchanges == 0, "the duplicate is gone all the same"
    assert len(await watched(journal)) == 1


async def test_a_claimed_entry_committed_by_both_counts_once(journal: Journal):
    await journal.append([b"one"])
    (mine,) = await read_all(journal, "a")
    (theirs,) = await journal.claim("b", idle=AT_ONCE, count=10)
    assert theirs.data == mine.data
    assert theirs.deliveries == 2
    assert await journal.commit([scored(theirs)]) == 1
    assert await journal.commit([scored(mine)]) == 0
    assert await journal.claim("b", idle=AT_ONCE, count=10) == []


async def test_only_entries_idle_long_enough_are_claimed(journal: Journal):
    await journal.append([b"one"])
    await read_all(journal, "a")
    assert await journal.claim("b", idle=LONG, count=10) == []


async def test_a_claim_takes_no_more_than_it_asks_for(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    await read_all(journal, "a")
    assert [entry.data for entry in await journal.claim("b", idle=AT_ONCE, count=2)] == [
        b"one",
        b"two",
    ]


async def test_every_delivery_is_counted(journal: Journal):
    await journal.append([b"one"])
    await read_all(journal)
    seen = [(await journal.claim("b", idle=AT_ONCE, count=1))[0].deliveries for _ in range(3)]
    assert seen == [2, 3, 4]


async def test_a_buried_entry_is_handed_out_no_more(journal: Journal):
    await journal.append([b"one"])
    (entry,) = await read_all(journal)
    await journal.bury(entry, reason="raises")
    assert await journal.backlog() == Backlog(exchanges=0, pending=0, observations=0, dead=1)
    assert await journal.claim("b", idle=AT_ONCE, count=10) == []
    assert await journal.commit([scored(entry)]) == 0


async def test_a_committed_entry_is_not_buried(journal: Journal):
    await journal.append([b"one"])
    (entry,) = await read_all(journal)
    await journal.commit([scored(entry)])
    await journal.bury(entry, reason="late")
    assert (await journal.backlog()).dead == 0


async def test_the_backlog_tells_pending_from_waiting(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    await read_all(journal, count=2)
    assert await journal.backlog() == Backlog(exchanges=3, pending=2, observations=0, dead=0)


async def test_observations_go_on_behind_a_position(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    await journal.commit([scored(entry) for entry in await read_all(journal)])
    first = await journal.observations(0, after="", count=2, wait=0)
    rest = await watched(journal, after=first[-1][0])
    assert [data for _, data in (*first, *rest)] == [
        b"observed one",
        b"observed two",
        b"observed three",
    ]


async def test_observations_stay_until_they_are_forgotten(journal: Journal):
    await journal.append([b"one", b"two", b"three"])
    await journal.commit([scored(entry) for entry in await read_all(journal)])
    before = await watched(journal)
    assert await watched(journal) == before
    await journal.forget(0, through=before[1][0])
    assert await watched(journal) == before[2:]
    await journal.forget(0, through="")
    assert await watched(journal) == before[2:]


async def test_positions_go_on_after_everything_was_forgotten(journal: Journal):
    await journal.append([b"one"])
    await journal.commit([scored(entry) for entry in await read_all(journal)])
    ((position, _),) = await watched(journal)
    await journal.forget(0, through=position)
    await journal.append([b"two"])
    await journal.commit([scored(entry) for entry in await read_all(journal)])
    assert [data for _, data in await watched(journal, after=position)] == [b"observed two"]


async def test_a_cancelled_read_leaves_the_journal_usable(journal: Journal):
    reading = asyncio.create_task(journal.read("a", count=10, wait=30))
    await asyncio.sleep(0.02)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await journal.append([b"one"])
    waiting = await journal.read("a", count=10, wait=0)
    assert len(waiting or await journal.claim("a", idle=AT_ONCE, count=10)) == 1


async def test_a_closed_journal_refuses(journal: Journal):
    await journal.close()
    with pytest.raises(JournalError):
        await journal.append([b"one"])


async def test_what_is_erased_is_gone_from_every_place(journal: Journal):
    """Waiting, handed out, watched and dead: entries of `them` go, those of others stay."""

    def theirs(data):
        return b"them" in data

    await journal.append([b"dead of them", b"dead", b"seen by them", b"seen"])
    for entry in await read_all(journal):
        if b"dead" in entry.data:
            await journal.bury(entry, reason="it fails")
        else:
            await journal.commit([scored(entry)])
    await journal.append([b"held by them", b"held"])
    held = await read_all(journal)
    await journal.append([b"waits for them", b"waits"])
    erased = await journal.erase(theirs, theirs)
    assert (erased.exchanges, erased.observations, erased.dead) == (2, 1, 1)
    assert await journal.commit([scored(entry) for entry in held]) == 1
    assert [entry.data for entry in await read_all(journal)] == [b"waits"]
    assert [data for _, data in await watched(journal)] == [b"observed seen", b"observed held"]
    assert (await journal.backlog()).dead == 1
    erased = await journal.erase(theirs, theirs)
    assert (erased.exchanges, erased.observations, erased.dead) == (0, 0, 0)
