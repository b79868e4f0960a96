"""What comes to the worker after an erasure, as from a gateway's spool."""

import pytest
from prometheus_client import CollectorRegistry

from monitor.access.erasing import erase
from monitor.access.owner import Owner
from monitor.exchange import jsonl
from monitor.exchange.model import Exchange, Message, Request, Response
from monitor.journal.memory import MemoryJournal
from monitor.journal.redis import RedisJournal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.scoring import ScoreLoop
from monitor.settings import Settings
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore

NOW = 1_764_000_000.0


@pytest.fixture(scope="module")
def stage():
    return ScoreStage.load()


@pytest.fixture
async def opened(backend, empty_server):
    if backend == "memory":
        both = MemoryStore(), MemoryJournal()
    else:
        url = empty_server(backend)
        both = RedisStore(url), RedisJournal(url)
    yield both
    for one in both:
        await one.close()


def exchange(name, user, at):
    return Exchange(
        id=name,
        ts=at,
        model="m",
        user=user,
        request=Request(messages=[Message(role="user", content="What is two and two?")]),
        response=Response(text="Four."),
    )


async def test_what_was_in_a_spool_during_an_erasure_is_dropped_when_it_comes(opened, stage):
    store, journal = opened
    await erase(store, journal, Owner(user="ann"), by="ada", at=NOW)
    spooled = [exchange("before", "ann", NOW - 60), exchange("other", "bob", NOW - 60)]
    later = exchange("after", "ann", NOW + 60)
    await journal.append([jsonl.encode(each) for each in (*spooled, later)])
    metrics = WorkerMetrics(CollectorRegistry())
    loop = ScoreLoop(stage, journal, store, Settings(), metrics, "one")
    assert await loop.step() == 3
    assert [await store.get_exchange(each) is None for each in ("before", "other", "after")] == [
        True,
        False,
        False,
    ]
    backlog = await journal.backlog()
    assert (backlog.exchanges, backlog.pending, backlog.observations) == (0, 0, 2)
    counts = await store.counts()
    assert (counts["erased"], counts["scored"]) == (1, 2)


async def test_a_batch_of_nothing_but_erased_leaves_nothing(opened, stage):
    store, journal = opened
    await erase(store, journal, Owner(user="ann"), by="ada", at=NOW)
    await journal.append([jsonl.encode(exchange(f"x{n}", "ann", NOW - n)) for n in range(3)])
    loop = ScoreLoop(stage, journal, store, Settings(), WorkerMetrics(CollectorRegistry()), "one")
    assert await loop.step() == 3
    assert await store.exchanges(since=0.0, until=9e9, limit=9) == []
    backlog = await journal.backlog()
    assert (backlog.exchanges, backlog.observations, backlog.dead) == (0, 0, 0)
