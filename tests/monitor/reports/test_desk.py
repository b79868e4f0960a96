import asyncio

import pytest
from incidents import make_incident
from prometheus_client import CollectorRegistry

from detectors.base import Detection, Evidence
from monitor.baselines.traffic import Traffic
from monitor.incidents.bundle import Bundle
from monitor.metrics.worker import WorkerMetrics
from monitor.reports.desk import ReportDesk
from monitor.settings import ReportSettings
from monitor.store.memory import MemoryStore


class Desk:
    """A desk whose orders nobody works off, unless the test does."""

    def __init__(self, **settings):
        available = settings.pop("available", True)
        self.store = MemoryStore()
        self.registry = CollectorRegistry()
        self.desk = ReportDesk(
            self.store,
            ReportSettings(**settings),
            WorkerMetrics(self.registry),
            available=available,
        )

    async def order(self, name="i1", *, since=40, detector="drift"):
        bundle = Bundle(
            incident_id=name,
            created=1.0,
            severity="warning",
            severity_reason="",
            category="input_drift",
            summary="",
        )
        await self.store.put_bundle(bundle)
        detection = Detection(
            rule="drift.input",
            detector=detector,
            detection_type="input_drift",
            score=2.0,
            threshold=1.0,
            evidence=(Evidence("exchanges_since_change", float(since), None, 0.0, "exchanges"),),
            at=1_000.0,
            model="m",
        )
        await self.desk.order(make_incident(name, detector=detector), detection)
        return (await self.store.get_bundle(name)).report

    def outcomes(self):
        return {
            outcome: self.registry.get_sample_value("sidewatch_reports_total", {"outcome": outcome})
            for outcome in ("made", "failed", "dropped")
        }

    def waiting(self):
        return {name: order.window.size for name, order in self.desk._orders.items()}


@pytest.fixture
def seen(baseline, observations):
    """Lets a desk see this many exchanges."""

    def see(desk, count, **change):
        for x in observations(count, seed=5, **change):
            desk.desk.see(x, Traffic(x.model), baseline)

    return see


async def test_without_evidently_the_bundle_says_how_to_get_it(seen):
    desk = Desk(available=False)
    seen(desk, 50)
    link = await desk.order()
    assert link.status == "unavailable"
    assert "pip install 'sidewatch[reports]'" in link.note
    assert desk.waiting() == {}


async def test_only_drift_is_reported(seen):
    desk = Desk()
    seen(desk, 50)
    assert await desk.order(detector="safety") is None
    assert desk.waiting() == {}


async def test_the_window_is_what_came_since_the_change_within_bounds(seen):
    desk = Desk(window=100)
    seen(desk, 150)
    link = await desk.order("i1", since=40)
    assert (link.status, link.html) == ("waiting", "/api/v1/incidents/i1/report")
    await desk.order("i2", since=3)
    await desk.order("i3", since=900)
    assert desk.waiting() == {"i1": 40, "i2": 30, "i3": 100}


async def test_a_report_waits_for_as_many_exchanges_as_it_needs(seen):
    desk = Desk()
    seen(desk, 20)
    link = await desk.order(since=6)
    assert (link.status, link.note) == ("waiting", "for 10 more exchanges: it needs 30")
    seen(desk, 9, start=20)
    assert desk.waiting() == {}
    seen(desk, 1, start=29)
    assert desk.waiting() == {"i1": 30}


async def test_one_too_many_is_dropped_counted_and_told(seen):
    desk = Desk(queue=2)
    seen(desk, 60)
    states = [(await desk.order(f"i{n}")).status for n in range(3)]
    assert states == ["waiting", "waiting", "dropped"]
    assert (await desk.order("i0", since=50)).status == "waiting"
    assert desk.waiting() == {"i0": 50, "i1": 40}
    assert desk.outcomes() == {"made": 0, "failed": 0, "dropped": 1}


async def test_a_report_is_ordered_again_when_more_has_come(seen):
    desk = Desk()
    seen(desk, 100)
    await desk.order(since=40)
    for more, window in ((59, None), (1, 100), (399, None), (1, 500), (600, None)):
        desk.desk._orders.clear()
        seen(desk, more)
        assert desk.waiting() == ({} if window is None else {"i1": window})


async def test_two_incidents_of_a_model_are_both_made_again(seen):
    desk = Desk()
    seen(desk, 60)
    await desk.order("i1", since=40)
    await desk.order("i2", since=45)
    desk.desk._orders.clear()
    seen(desk, 60)
    assert desk.waiting() == {"i2": 100, "i1": 100}


async def test_what_is_not_made_when_the_worker_ends_is_told(seen):
    desk = Desk()
    seen(desk, 60)
    await desk.order("i1")
    await desk.order("i2")
    running = asyncio.create_task(desk.desk.run())
    async with asyncio.timeout(30):
        while len(desk.waiting()) == 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for name in ("i1", "i2"):
        link = (await desk.store.get_bundle(name)).report
        assert (link.status, link.note) == ("dropped", "the worker ended before")


async def test_what_cannot_be_made_is_told_and_the_next_one_is_tried(seen):
    desk = Desk(timeout=0.01)
    seen(desk, 60)
    await desk.order("i1")
    await desk.order("i2")
    running = asyncio.create_task(desk.desk.run())
    async with asyncio.timeout(60):
        while desk.outcomes()["failed"] < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for name in ("i1", "i2"):
        link = (await desk.store.get_bundle(name)).report
        assert (link.status, link.html) == ("failed", "")
        assert "longer than 0.01 s" in link.note
