"""What nothing more is found of is over, unless somebody is at it or it is a drift."""

import asyncio
from contextlib import suppress

import pytest
from incidents import make_incident
from prometheus_client import CollectorRegistry

from monitor.incidents.changes import change_by_hand
from monitor.incidents.events import Signature
from monitor.incidents.incident import assign
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.quieting import Quieting, end_quiet
from monitor.store.memory import MemoryStore

NOW, QUIET = 100_000.0, 3_600.0


@pytest.fixture
async def store():
    opened = MemoryStore()
    for name, fields in {
        "quiet": {},
        "acked": {"status": "acknowledged", "owner": "ada", "note": "Looking."},
        "touched": {"updated": NOW - 10.0},
        "fresh": {"seen": NOW - 10.0},
        "drift": {"detector": "drift"},
        "done": {"status": "resolved", "note": "Fixed."},
    }.items():
        incident = make_incident(name, fingerprint=name, **{"seen": NOW - QUIET, **fields})
        await opened.save_incident(incident, expected_version=0)
    return opened


async def statuses(store):
    names = ("quiet", "acked", "touched", "fresh", "drift", "done")
    return {name: (await store.get_incident(name)).status for name in names}


async def test_what_was_neither_seen_nor_touched_for_long_is_over(store):
    ended = await end_quiet(store, quiet=QUIET, at=NOW)
    assert {incident.id for incident in ended} == {"quiet", "acked"}
    resolved = {name for name, status in (await statuses(store)).items() if status == "resolved"}
    assert resolved == {"quiet", "acked", "done"}
    acked = await store.get_incident("acked")
    assert acked.note == "Looking. Nothing more was found for 1 h."
    (event,) = await store.events_of("quiet", limit=9)
    assert (event.kind, event.by, event.at) == ("recovered", "", NOW)


async def test_looking_again_changes_nothing(store):
    await end_quiet(store, quiet=QUIET, at=NOW)
    assert await end_quiet(store, quiet=QUIET, at=NOW) == []


async def test_more_than_a_page_of_drift_hides_nothing(store):
    for number in range(210):
        incident = make_incident(f"d{number}", detector="drift", seen=NOW - QUIET - 1)
        await store.save_incident(incident, expected_version=0)
    older = make_incident("older", seen=1.0)
    await store.save_incident(older, expected_version=0)
    ended = await end_quiet(store, quiet=QUIET, at=NOW)
    assert {incident.id for incident in ended} == {"quiet", "acked", "older"}


async def test_who_touches_it_at_the_last_moment_keeps_it_open(store):
    class Meddling(MemoryStore):
        """A note is written between the look and the change."""

        async def incidents(self, query):
            page = await super().incidents(query)
            signature = Signature("ada", NOW, "Wait.")
            await change_by_hand(
                self, "quiet", lambda now: assign(now, at=NOW, note="Wait."), signature
            )
            return page

    meddled = Meddling()
    await meddled.save_incident(make_incident("quiet", seen=1.0), expected_version=0)
    assert await end_quiet(meddled, quiet=QUIET, at=NOW) == []
    assert (await meddled.get_incident("quiet")).status == "open"


async def looked(store, quiet, *, seconds):
    """Lets a worker look until it counted two incidents; how many it did."""
    metrics = WorkerMetrics(CollectorRegistry())
    counted = metrics.recovered.labels("safety")._value
    keeping = Quieting(store, metrics, quiet=quiet, clock=lambda: NOW)
    looking = asyncio.create_task(keeping.step())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while counted.get() < 2.0:
                await asyncio.sleep(0.01)
    looking.cancel()
    return counted.get()


async def test_a_worker_looks_and_counts(store):
    assert await looked(store, QUIET, seconds=30) == 2.0


async def test_never_is_never(store):
    assert await looked(store, 0.0, seconds=0.1) == 0.0
    assert (await statuses(store))["quiet"] == "open"
