from dataclasses import replace

import pytest
from incidents import make_incident

from monitor.incidents.changes import change_by_hand, change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import acknowledge, assign, recover, reopen, resolve
from monitor.incidents.links import linked
from monitor.incidents.timeline import BEFORE, Note, read_notes, read_timeline
from monitor.markers.marker import Marker
from monitor.store.memory import MemoryStore

SEEN = 100_000.0


@pytest.fixture
async def store():
    opened = MemoryStore()
    incident = make_incident(seen=SEEN, tenant="acme")
    await opened.save_incident(incident, expected_version=0)
    return opened


async def told(store, **options):
    incident = await store.get_incident("i1")
    return [
        (moment.kind, moment.what, moment.by, moment.note)
        for moment in await read_timeline(store, incident, None, **options)
    ]


async def by_ada(store, at, change, *, note="", **options):
    signature = Signature("ada", at, note)
    await change_by_hand(store, "i1", lambda now: change(now, at=at, **options), signature)


async def test_the_life_of_an_incident_is_told_in_order(store):
    await by_ada(store, SEEN + 1, acknowledge, owner="ada", note="Looking.")
    await by_ada(store, SEEN + 2, linked, urls=["https://tickets.example/1"])
    await by_ada(store, SEEN + 3, assign, owner="bob")
    await by_ada(store, SEEN + 4, resolve, note="Rolled back.")
    await by_ada(store, SEEN + 5, reopen)
    over = Signature("", SEEN + 6, "No sign of it.")
    await change_stored(store, "i1", lambda now: recover(now, at=SEEN + 6, reason="no"), over)
    assert await told(store) == [
        ("first_seen", "first seen", "", ""),
        ("acknowledged", "acknowledged", "ada", "Looking."),
        ("assigned", "given to ada", "ada", ""),
        ("linked", "linked: https://tickets.example/1", "ada", ""),
        ("assigned", "given to bob", "ada", ""),
        ("resolved", "resolved", "ada", "Rolled back."),
        ("reopened", "open again", "ada", ""),
        ("recovered", "over by itself", "", "No sign of it."),
    ]
    actions = [entry.action for entry in await store.audit(limit=9)][::-1]
    done = ("acknowledge", "link", "assign", "resolve", "reopen")
    assert actions == [f"incident.{each}" for each in done]


async def test_every_note_is_kept_with_who_wrote_it_when(store):
    for at, text in ((1.0, "first"), (2.0, "second"), (3.0, "second")):
        await by_ada(store, SEEN + at, assign, note=text)
    await by_ada(store, SEEN + 4.0, resolve, note="Done.")
    assert await read_notes(store, "i1") == [
        Note(at=SEEN + 1, by="ada", text="first", kind="noted"),
        Note(at=SEEN + 2, by="ada", text="second", kind="noted"),
        Note(at=SEEN + 3, by="ada", text="second", kind="noted"),
        Note(at=SEEN + 4, by="ada", text="Done.", kind="resolved"),
    ]


async def test_what_was_done_to_the_service_just_before_is_told_if_it_concerns_the_incident(store):
    deployed = Marker(id="a", at=SEEN - 60, kind="deployment", text="v2", by="ci", model="m")
    for name, fields in {
        "near": {},
        "tenant": {"tenant": "acme", "kind": "config", "model": ""},
        "long before": {"at": SEEN - BEFORE - 1},
        "after": {"at": SEEN + 1},
        "other model": {"model": "n"},
        "other tenant": {"tenant": "globex"},
    }.items():
        await store.put_marker(replace(deployed, id=name, text=name, **fields))
    found = [what for kind, what, _, _ in await told(store) if kind == "marker"]
    assert sorted(found) == ["config: tenant", "deployment: near"]
    own = [what for kind, what, _, _ in await told(store, tenant="acme") if kind == "marker"]
    assert own == ["config: tenant"]
