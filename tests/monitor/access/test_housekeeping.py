import asyncio
from dataclasses import replace

import pytest
from incidents import make_incident

from monitor.access.housekeeping import Housekeeping
from monitor.incidents.detections import DetectionQuery, KeptDetection
from monitor.settings import PrivacySettings, Settings
from monitor.store.memory import MemoryStore


@pytest.fixture
async def store():
    opened = MemoryStore()
    old = make_incident("old", status="resolved", seen=100.0)
    await opened.save_incident(old, expected_version=0)
    return opened


async def looked(store, *, entries, **privacy):
    """Lets housekeeping look until the audit log has so many entries, newest first."""
    settings = replace(Settings(), privacy=PrivacySettings(**privacy))
    keeping = Housekeeping(store, settings, name="w", clock=lambda: 300.0)
    looking = asyncio.create_task(keeping.step())
    async with asyncio.timeout(30):
        while len(found := await store.audit(limit=9)) < entries:
            await asyncio.sleep(0.01)
    looking.cancel()
    return [(entry.action, entry.by, entry.subject) for entry in found]


async def test_the_policy_is_noted_and_incidents_stay_unless_they_have_an_end(store):
    found = await looked(store, entries=1)
    assert found == [("policy.use", "worker w", Settings().policy.version)]
    assert await store.get_incident("old") is not None


async def test_incidents_end_when_their_time_is_over(store):
    found = await looked(store, entries=2, incident_ttl=100.0)
    assert [action for action, *_ in found] == ["data.retire", "policy.use"]
    assert await store.get_incident("old") is None


async def test_detections_end_when_their_time_is_over():
    now = 300.0
    store = MemoryStore(clock=lambda: now)
    detection = KeptDetection(
        id="d",
        at=1.0,
        incident_id="i",
        detector="safety",
        kind="self_harm",
        rule="r",
        severity="info",
        score=0.9,
        threshold=0.5,
        model="m",
    )
    await store.put_detections([detection], ttl=100.0, room=9)
    await looked(store, entries=1)
    assert (await store.detections(DetectionQuery())).items == [detection]
    now = 500.0
    looking = asyncio.create_task(Housekeeping(store, Settings(), name="w").step())
    async with asyncio.timeout(30):
        while (await store.detections(DetectionQuery())).items:
            await asyncio.sleep(0.01)
    looking.cancel()
