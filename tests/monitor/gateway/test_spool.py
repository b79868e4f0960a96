"""While the journal does not take exchanges they wait on disk, and none is unaccounted for."""

import asyncio
import random
import time

import pytest
from exchange_account import Account
from wire import CHAT, CLOSE, echo, post

from monitor.gateway.recording.spooler import Spooler
from monitor.gateway.recording.tap import Tap
from monitor.journal.base import JournalError
from monitor.journal.memory import MemoryJournal
from monitor.journal.spool.place import SpoolPlace
from monitor.journal.spool.record import Record
from monitor.metrics.cells import Rows
from monitor.metrics.gateway import GatewayMetrics

DROPPED = 'sidewatch_gateway_exchanges_dropped_total{{reason="{}"}}'


class AwayJournal(MemoryJournal):
    """A journal that cannot be reached until told."""

    away = True

    async def append(self, records):
        if self.away:
            raise JournalError("away")
        return await super().append(records)


@pytest.fixture
def place(tmp_path):
    def at(**bounds):
        options = {"max_bytes": 1 << 30, "max_age": 86_400.0, **bounds}
        return SpoolPlace(root=tmp_path / "spool", store="redis://a", **options)

    return at


@pytest.fixture
def make_records():
    now = time.time()
    return lambda count: [Record(b"%d" % n, now) for n in range(count)]


async def send(running, *numbers):
    """Requests one after the other, told apart by their user text."""
    for number in numbers:
        body = CHAT.replace(b'"hi"', b'"%d"' % number)
        assert (await running.raw(post(body, head=CLOSE))).startswith(b"HTTP/1.1 200")


async def account(running, until):
    """The account, once it is as wanted; it must add up whenever it is looked at."""
    async with asyncio.timeout(20):
        while True:
            found = Account.of(await running.metrics())
            assert found.adds_up, found
            if until(found):
                return found


async def prompts(running, count):
    return [int(exchange.prompt) for exchange in await running.exchanges(count)]


async def test_what_a_journal_that_is_away_does_not_take_waits_on_disk(gateway, upstream, place):
    running = await gateway(await upstream(echo), journal=AwayJournal(), spool=place())
    await send(running, *range(20))
    found = await account(running, lambda a: a.spooled == 20)
    metrics = await running.metrics()
    assert found.queued == 0
    assert metrics["sidewatch_gateway_journal_up"] == 0
    assert metrics["sidewatch_gateway_exchanges_spooled_total"] == 20
    assert metrics["sidewatch_gateway_spool_bytes"] > 20 * 100
    assert 0 < metrics["sidewatch_gateway_spool_oldest_seconds"] < 20


async def test_when_the_journal_is_back_all_of_it_follows_in_order(gateway, upstream, place):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place())
    await send(running, *range(30))
    await account(running, lambda a: a.spooled == 30)
    journal.away = False
    await send(running, *range(30, 60))
    found = await account(running, lambda a: not a.waiting)
    assert (found.recorded, found.dropped) == (60, 0)
    assert await prompts(running, 60) == list(range(60))
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_spool_drained_total"] >= 30
    assert metrics["sidewatch_gateway_spool_bytes"] == 0
    assert metrics["sidewatch_gateway_spool_oldest_seconds"] == 0
    assert metrics["sidewatch_gateway_journal_up"] == 1


async def test_more_than_memory_holds_is_kept(gateway, upstream, place):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place(), queue_size=5)
    for at in range(0, 40, 4):
        await send(running, *range(at, at + 4))
        await account(running, lambda a, n=at + 4: a.spooled == n)
    journal.away = False
    assert await prompts(running, 40) == list(range(40))


async def test_what_a_full_journal_refuses_waits_on_disk(gateway, upstream, place):
    journal = MemoryJournal(limit=3)
    running = await gateway(await upstream(echo), journal=journal, spool=place())
    await send(running, *range(10))
    found = await account(running, lambda a: a.spooled == 7)
    assert (found.recorded, found.dropped) == (3, 0)
    assert (await running.metrics())["sidewatch_gateway_journal_up"] == 1
    journal._limit = 100
    await account(running, lambda a: not a.waiting)
    assert await prompts(running, 10) == list(range(10))


class SlowJournal(MemoryJournal):
    """A journal that takes its time with the first batch."""

    def __init__(self):
        super().__init__()
        self.go_on = asyncio.Event()

    async def append(self, records):
        await self.go_on.wait()
        return await super().append(records)


async def test_what_waits_for_a_slow_answer_is_on_disk_and_recorded_once(gateway, upstream, place):
    journal = SlowJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place())
    await send(running, *range(10))
    await account(running, lambda a: a.spooled == 10)
    journal.go_on.set()
    found = await account(running, lambda a: not a.waiting)
    assert found.recorded == 10
    assert await prompts(running, 10) == list(range(10))


async def test_what_is_left_at_the_end_is_delivered_by_the_next_gateway(gateway, upstream, place):
    url = await upstream(echo)
    first = await gateway(url, journal=AwayJournal(), spool=place())
    await send(first, *range(10))
    await first.stop()
    second = await gateway(url, spool=place())
    await send(second, 10)
    found = await account(second, lambda a: a.recorded == 11)
    assert (found.seen, found.adopted) == (1, 10)
    assert sorted(await prompts(second, 11)) == list(range(11))


async def test_a_gateway_that_starts_leaves_alone_what_a_living_one_has(gateway, upstream, place):
    url = await upstream(echo)
    first = await gateway(url, journal=AwayJournal(), spool=place())
    second = await gateway(url, journal=AwayJournal(), spool=place())
    await send(first, 1, 2)
    await send(second, 3)
    await account(second, lambda a: a.spooled == 1)
    await first.stop()
    third = await gateway(url, spool=place())
    assert await prompts(third, 2) == [1, 2]
    second.journal.away = False
    assert await prompts(second, 1) == [3]


async def test_a_living_gateway_looks_now_and_then_for_what_others_have_left(place, make_records):
    metrics = GatewayMetrics()
    living, ended = Spooler(place(), metrics), Spooler(place(), GatewayMetrics())
    assert not await living.tend()
    assert await ended.put(make_records(3)) == 3
    await ended.close()
    assert not await living.tend(), "it is not yet time to look"
    living._look_at = 0.0
    assert await living.tend()
    assert living.state.exchanges == metrics.spool_adopted.value == 3
    assert await living.head(count=9, size=1 << 20) == make_records(3)
    await living.close()


async def test_beyond_its_bound_the_oldest_are_dropped_and_counted(gateway, upstream, place):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place(max_bytes=20_000))
    for at in range(0, 120, 10):
        await send(running, *range(at, at + 10))
        await account(running, lambda a: not a.queued)
    found = Account.of(await running.metrics())
    assert (await running.metrics())[DROPPED.format("spool_full")] == found.dropped > 0
    assert found.spooled > 10
    journal.away = False
    await account(running, lambda a: not a.waiting)
    assert await prompts(running, 1) == list(range(int(found.dropped), 120))


async def test_what_is_too_old_is_dropped_and_counted(gateway, upstream, place):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place(max_age=0.2))
    await send(running, *range(5))
    found = await account(running, lambda a: a.dropped == 5)
    assert found.spooled == 0
    assert (await running.metrics())[DROPPED.format("spool_expired")] == 5


async def test_where_the_disk_refuses_exchanges_wait_in_memory(
    gateway, upstream, place, tmp_path, caplog
):
    in_the_way = tmp_path / "spool"
    in_the_way.write_text("")
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place(), queue_size=5)
    await account(running, lambda a: "cannot be opened" in caplog.text)
    await send(running, *range(8))
    found = await account(running, lambda a: a.dropped == 3)
    assert found.queued == 5
    assert (await running.metrics())[DROPPED.format("spool_error")] == 3
    in_the_way.unlink()
    await account(running, lambda a: a.spooled == 5)
    journal.away = False
    assert await prompts(running, 5) == list(range(5))
    assert caplog.text.count("cannot be opened") == 1
    assert caplog.text.count("can be opened again") == 1


@pytest.mark.parametrize("spools", [False, True], ids=["memory only", "with a spool"])
async def test_an_idle_gateway_sleeps(place, spools):
    tap = Tap(MemoryJournal(), bound=5, metrics=GatewayMetrics(), spool=place() if spools else None)
    tap.start()
    waiting = tap._queue.encoded._waiters
    async with asyncio.timeout(5):
        while not waiting:
            await asyncio.sleep(0)
    (asleep,) = waiting
    for _ in range(100):
        await asyncio.sleep(0)
    assert list(waiting) == [asleep]
    await tap.close(within=1)


async def test_without_a_disk_a_journal_that_works_gets_everything(
    gateway, upstream, place, tmp_path
):
    (tmp_path / "spool").write_text("")
    running = await gateway(await upstream(echo), spool=place())
    await send(running, *range(5))
    assert await prompts(running, 5) == list(range(5))


async def test_damage_on_disk_is_counted_and_the_rest_goes_on(gateway, upstream, place, tmp_path):
    journal = AwayJournal()
    running = await gateway(await upstream(echo), journal=journal, spool=place())
    await send(running, 1, 2, 3)
    await account(running, lambda a: a.spooled == 3)
    (segment,) = (tmp_path / "spool").glob("*/*.spool")
    segment.write_bytes(segment.read_bytes()[:-1] + b"\0")
    await send(running, 4)
    await account(running, lambda a: a.spooled == 4)
    journal.away = False
    found = await account(running, lambda a: not a.waiting)
    assert (found.recorded, found.dropped) == (2, 2)
    assert (await running.metrics())[DROPPED.format("spool_corrupt")] == 2


def test_what_a_killed_process_had_on_disk_is_not_counted_as_lost():
    rows = Rows(1)
    before = GatewayMetrics(rows)
    before.seen.inc(10)
    before.recorded.inc(4)
    before.spool_exchanges.set(5)
    after = GatewayMetrics(rows)
    after.settle()
    assert (after.spool_left.value, after.dropped["killed"].value) == (5, 1)
    after.settle()
    assert (after.spool_left.value, after.dropped["killed"].value) == (5, 1)


class MoodyJournal(MemoryJournal):
    """A journal that fails, fills up and hangs as a seed will have it."""

    def __init__(self, seed):
        super().__init__()
        self.choose = random.Random(seed)
        self.well = False

    async def append(self, records):
        mood = 1.0 if self.well else self.choose.random()
        if mood < 0.4:
            raise JournalError("away")
        if mood < 0.6:
            return await super().append(records[: len(records) // 2])
        return await super().append(records)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_journal_does_the_account_adds_up(gateway, upstream, place, seed):
    journal = MoodyJournal(seed)
    running = await gateway(await upstream(echo), journal=journal, spool=place())
    for number in range(100):
        await send(running, number)
        await account(running, lambda a: True)
    journal.well = True
    found = await account(running, lambda a: not a.waiting)
    assert (found.recorded, found.dropped) == (100, 0)
    assert await prompts(running, 100) == list(range(100))
