import pytest
from incidents import make_incident

from monitor.access.retaining import retire
from monitor.incidents.bundle import Bundle
from monitor.store.base import IncidentQuery
from monitor.store.memory import MemoryStore
from monitor.store.redis import RedisStore


@pytest.fixture
async def store(backend, empty_server):
    opened = MemoryStore() if backend == "memory" else RedisStore(empty_server(backend))
    for name, status, seen in (
        ("old", "resolved", 100.0),
        ("open", "open", 100.0),
        ("known", "acknowledged", 100.0),
        ("new", "resolved", 300.0),
    ):
        incident = make_incident(name, fingerprint=name, status=status, seen=seen)
        await opened.save_incident(incident, expected_version=0)
        bundle = Bundle(
            incident_id=name,
            created=seen,
            severity="info",
            severity_reason="",
            category="",
            summary="",
        )
        await opened.put_bundle(bundle)
    yield opened
    await opened.close()


async def test_resolved_incidents_end_with_their_bundles_and_others_stay(store):
    gone = await retire(store, before=200.0, at=1_000.0)
    assert (gone["incidents"], gone["bundles"]) == (1, 1)
    left = (await store.incidents(IncidentQuery())).items
    assert {each.id for each in left} == {"open", "known", "new"}
    bundles = [await store.get_bundle(name) for name in ("old", "open", "known", "new")]
    assert [bundle is None for bundle in bundles] == [True, False, False, False]


async def test_what_went_is_noted_once(store):
    await retire(store, before=200.0, at=1_000.0)
    assert not await retire(store, before=200.0, at=1_001.0)
    (entry,) = await store.audit(limit=9)
    assert (entry.action, entry.by, entry.details["incidents"]) == ("data.retire", "retention", "1")


async def test_more_than_a_page_of_them_end(store):
    for n in range(450):
        incident = make_incident(f"n{n}", fingerprint=f"n{n}", status="resolved", seen=50.0)
        await store.save_incident(incident, expected_version=0)
    assert (await retire(store, before=200.0, at=1.0))["incidents"] == 451
