import asyncio
from dataclasses import replace

import pytest

from monitor.incidents.events import EventIdError, IncidentEvent, position
from monitor.store.base import ConflictError, Store


def opened(incident, **fields):
    return IncidentEvent(at=incident.first_seen, kind="opened", incident=incident, **fields)


async def save(store, incident, *events, version=0):
    await store.save_incident(incident, expected_version=version, events=events)


async def all_events(store):
    return await store.events(after="", count=100, wait=0.0)


async def test_events_come_back_in_the_order_of_their_changes(store: Store, make_incident):
    for number in range(12):
        incident = make_incident(f"i{number}")
        await save(store, incident, opened(incident, by="ada", note="„ü“", details={"a": "b"}))
    found = await all_events(store)
    assert [event.incident_id for event in found] == [f"i{number}" for number in range(12)]
    assert sorted(found, key=lambda event: position(event.id)) == found
    first = found[0]
    assert (first.kind, first.at, first.by, first.note) == ("opened", 1_000.0, "ada", "„ü“")
    assert first.details == {"a": "b"}


async def test_an_event_holds_the_incident_as_it_was_saved_with_it(store: Store, make_incident):
    await save(store, make_incident(), opened(make_incident("other")))
    changed = make_incident(count=10, version=77)
    await save(
        store, changed, IncidentEvent(at=2.0, kind="grew", incident=make_incident()), version=1
    )
    before, after = (event.incident for event in await all_events(store))
    assert before == make_incident(version=1)
    assert after == replace(changed, version=2)


async def test_reading_goes_on_behind_an_id(store: Store, make_incident):
    for name in "abc":
        await save(store, make_incident(name), opened(make_incident(name)))
    first, second, third = await all_events(store)
    assert await store.events(after=first.id, count=1, wait=0.0) == [second]
    assert await store.events(after=first.id, count=9, wait=0.0) == [second, third]
    assert await store.events(after=third.id, count=9, wait=0.0) == []
    assert await store.latest_event() == third.id


async def test_without_events_there_is_no_latest_one(store: Store, make_incident):
    await save(store, make_incident())
    assert await store.latest_event() == ""
    assert await store.events(after="", count=9, wait=0.01) == []


async def test_a_reader_is_woken_by_what_comes(store: Store, make_incident):
    reader = asyncio.create_task(store.events(after="", count=9, wait=30.0))
    await save(store, make_incident(), opened(make_incident()))
    assert [event.incident_id for event in await reader] == ["i1"]


@pytest.mark.parametrize("wrong", ["x", "1", "1-", "1-x", "$", "0-0 ", "1" * 40 + "-1"])
async def test_what_is_no_id_of_an_event_is_refused(store: Store, wrong):
    with pytest.raises(EventIdError, match="is not the id of an event"):
        await store.events(after=wrong, count=1, wait=0.0)


async def test_a_change_that_is_refused_leaves_no_event(store: Store, make_incident):
    incident = make_incident()
    await store.save_incident(incident, expected_version=0, counted=["d1"])
    with pytest.raises(ConflictError):
        await save(store, incident, opened(incident), version=7)
    again = {"expected_version": 1, "counted": ["d1"], "events": [opened(incident)]}
    assert not await store.save_incident(incident, **again)
    assert await all_events(store) == []
    assert await store.events_of("i1", limit=9) == []


async def test_an_incident_has_its_own_events_with_what_a_list_shows(store: Store, make_incident):
    await save(store, make_incident("other"), opened(make_incident("other")))
    incident = make_incident(count=3, status="acknowledged")
    acknowledged = IncidentEvent(
        at=2.0, kind="acknowledged", incident=incident, by="ada", note="mine", details={"x": "y"}
    )
    await save(store, incident, opened(incident), acknowledged)
    first, second = await store.events_of("i1", limit=9)
    assert [each.id for each in await all_events(store)][1:] == [first.id, second.id]
    assert (first.kind, second.kind) == ("opened", "acknowledged")
    assert (second.status, second.severity, second.count) == ("acknowledged", "warning", 3)
    assert (second.by, second.note, second.details) == ("ada", "mine", {"x": "y"})
    assert await store.events_of("i1", limit=1) == [second]
    assert await store.events_of("nobody", limit=9) == []


async def test_the_events_of_a_deleted_incident_go_with_it(store: Store, make_incident):
    for name in "ab":
        await save(store, make_incident(name), opened(make_incident(name)))
    await store.delete_incident("a")
    assert [event.incident_id for event in await all_events(store)] == ["b"]
    assert await store.events_of("a", limit=9) == []


async def test_of_one_incident_the_latest_thousand_events_are_kept(store: Store, make_incident):
    incident = make_incident()
    events = [IncidentEvent(at=n, kind="noted", incident=incident) for n in range(1_100)]
    await save(store, incident, *events)
    kept = await store.events_of("i1", limit=5_000)
    assert [event.at for event in kept] == list(range(100, 1_100))
