"""The life of a drift incident with real workers on a real Valkey: open while it lasts, then over."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest
from exchanges import make_exchange

from detectors.drift.policy import DriftPolicy
from detectors.origin import Origin
from detectors.safety.policy import SafetyPolicy
from monitor.baselines import promoting
from monitor.baselines.accepting import accept
from monitor.baselines.building import build
from monitor.baselines.keeping import keep
from monitor.baselines.promoting import Change, promote
from monitor.baselines.traffic import Traffic
from monitor.journal.redis import RedisJournal
from monitor.pipeline.worker import work
from monitor.policy import Policy
from monitor.settings import ReportSettings, Settings, WorkerSettings
from monitor.store.base import IncidentQuery
from monitor.store.redis import RedisStore

pytestmark = pytest.mark.e2e

PATIENCE = 90.0
WARMUP = 200
QUIET = 150
GERMAN = (
    "Wie lange muss ein Kuchen mit Äpfeln und Zimt im Ofen bleiben, wenn er außen knusprig und "
    "innen weich sein soll, und woran erkenne ich, dass er fertig ist?"
)
SETTINGS = replace(
    Settings(),
    worker=WorkerSettings(
        metrics_listen="127.0.0.1:0",
        shards=1,
        lease=5.0,
        checkpoint_every=0.2,
        baseline_warmup=WARMUP,
    ),
    reports=ReportSettings(enabled=False),
    policy=Policy(
        detectors=["drift"],
        drift=DriftPolicy(quiet=QUIET),
        safety=SafetyPolicy(second_stage="none"),
    ),
)


class Feed:
    """Sends exchanges with times of their own and waits until a worker has watched them."""

    def __init__(self, journal, store):
        self.journal, self.store, self.sent = journal, store, 0

    async def send(self, count, **changed):
        exchanges = [make_exchange(self.sent + n, **changed) for n in range(count)]
        for start in range(0, count, 100):
            encoded = [msgspec.json.encode(x) for x in exchanges[start : start + 100]]
            assert await self.journal.append(encoded) == len(encoded)
        self.sent += count
        await until(self.is_watched, what=f"{self.sent} exchanges watched")

    async def is_watched(self):
        backlog = await self.journal.backlog()
        return not backlog.exchanges + backlog.observations

    async def incidents(self):
        return (await self.store.incidents(IncidentQuery(detector="drift"))).items


async def build_here(exchanges, name, origin, selection):
    return await asyncio.to_thread(
        build, exchanges, name, SETTINGS.policy, origin=origin, selection=selection
    )


async def until(true, *, what):
    async with asyncio.timeout(PATIENCE):
        while not await true():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def a_worker(journal, store):
    """A worker that runs until the block is left, as one that is stopped by its supervisor."""
    running = asyncio.create_task(work(SETTINGS, journal, store))
    try:
        yield
        assert not running.done(), running.exception()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def traffic(empty_server):
    url = empty_server("valkey")
    journal, store = RedisJournal(url, limit=10_000), RedisStore(url)
    yield Feed(journal, store)
    await journal.close()
    await store.close()


async def test_an_incident_lasts_as_long_as_its_change_also_over_a_restart(traffic):
    journal, store = traffic.journal, traffic.store
    async with a_worker(journal, store):
        await traffic.send(WARMUP + 100)
        assert await traffic.incidents() == []
        await traffic.send(150, prompt=GERMAN)
        (begun,) = await traffic.incidents()
        assert (begun.kind, begun.status) == ("input_drift", "open")
    async with a_worker(journal, store):
        await traffic.send(3 * QUIET, prompt=GERMAN)
        assert [each.status for each in await traffic.incidents()] == ["open"]
    async with a_worker(journal, store):
        await traffic.send(5 * QUIET)
        (over,) = await traffic.incidents()
        assert (over.id, over.status) == (begun.id, "resolved")
        assert "No sign of it" in over.note
        bundle = await store.get_bundle(over.id)
        assert bundle.versions["baseline"] == "provisional-m@1"
        assert bundle.versions["baseline_standing"] == "provisional"


async def test_an_accepted_change_is_normal_from_then_on_without_a_restart(traffic):
    journal, store = traffic.journal, traffic.store
    async with a_worker(journal, store):
        await traffic.send(WARMUP + 100)
        await traffic.send(150, prompt=GERMAN)
        (begun,) = await traffic.incidents()
        accepted = await accept(
            store, begun.id, build=build_here, change=Change(by="ada", at=time.time())
        )
        assert accepted.baseline.name == "m@1"

        await traffic.send(5 * QUIET, prompt=GERMAN)
        (over,) = await traffic.incidents()
        assert (over.status, over.owner) == ("resolved", "ada")

        # What was normal before is a drift now, and its bundle tells against which baseline.
        await traffic.send(150)
        (first, _) = await traffic.incidents()
        assert first.status == "open"
        versions = (await store.get_bundle(first.id)).versions
        assert versions["baseline"] == "m@1"
        assert versions["baseline_standing"] == "promoted"


async def test_a_promoted_baseline_ends_the_incidents_of_the_one_before(traffic):
    journal, store = traffic.journal, traffic.store
    async with a_worker(journal, store):
        await traffic.send(WARMUP + 100)
        await traffic.send(150, prompt=GERMAN)
        (begun,) = await traffic.incidents()
        changed = Change(by="ada", at=time.time())
        german = [make_exchange(n, prompt=GERMAN) for n in range(200)]
        baseline = build(german, "german", SETTINGS.policy, origin=Origin(how="file"))
        await promote(store, (await keep(store, baseline)).name, traffic=Traffic(), change=changed)

        async def is_over():
            return (await store.get_incident(begun.id)).status == "resolved"

        await until(is_over, what="the baseline taken up")
        assert "another baseline from now on: german@1" in (
            (await store.get_incident(begun.id)).note
        )


async def test_a_tenant_with_a_baseline_of_its_own_has_incidents_of_its_own(traffic):
    journal, store = traffic.journal, traffic.store
    acme = Traffic("m", tenant="acme")
    ordinary = [make_exchange(n, tenant="acme") for n in range(WARMUP)]
    baseline = build(ordinary, "acme", SETTINGS.policy, origin=Origin(how="file"))
    name = (await keep(store, baseline)).name
    await promote(store, name, traffic=acme, change=Change(by="ada", at=time.time()))
    async with a_worker(journal, store):
        await traffic.send(WARMUP + 100)
        await traffic.send(150, prompt=GERMAN, tenant="acme")
        found = {each.tenant: each for each in await traffic.incidents()}
        assert found.keys() == {"", "acme"}
        mine = found["acme"]
        assert (await store.get_bundle(mine.id)).versions["baseline"] == "acme@1"

        await promoting.undo(store, traffic=acme, change=Change(by="ada", at=time.time()))

        async def is_over():
            return (await store.get_incident(mine.id)).status == "resolved"

        await until(is_over, what="the tenant watched as part of the whole only")
        assert (await store.get_incident(found[""].id)).status == "open"
