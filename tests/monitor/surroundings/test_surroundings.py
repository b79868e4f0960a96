"""What a bundle says of what changed before, of the like, and of the conversation."""

from dataclasses import replace

import msgspec
import pytest
from incidents import make_incident

from monitor.access.noting import note
from monitor.exchange.model import Exchange, Message, Request, Response
from monitor.incidents.bundle import Bundle, PriorChange, SimilarViolation
from monitor.incidents.changes import change_by_hand, change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import acknowledge, recover, resolve
from monitor.incidents.timeline import BEFORE
from monitor.markers.marker import Marker
from monitor.record import ExchangeRecord
from monitor.store.memory import MemoryStore
from monitor.surroundings.before import GRACE, changed_before
from monitor.surroundings.shown import as_now
from monitor.surroundings.turns import turn_of

BEGAN, SEEN = 1_764_000_000.0, 1_764_000_600.0
LIKE = SimilarViolation(
    incident_id="like", similarity=0.9, title="the like", status="open", last_seen=1.0
)


@pytest.fixture
def store():
    return MemoryStore()


def incident(**fields):
    given = {"seen": BEGAN, "last_seen": SEEN, "detector": "drift", "kind": "input_drift"}
    return make_incident(**(given | fields))


def bundle(**fields):
    return Bundle(
        incident_id="i1",
        created=BEGAN,
        severity="warning",
        severity_reason="",
        category="",
        summary="",
        **fields,
    )


async def put(store, *exchanges):
    records = [
        (each.id, each.ts, msgspec.json.encode(ExchangeRecord(exchange=each))) for each in exchanges
    ]
    await store.put_exchanges(records, ttl=60.0)
    await store.put_turns([turn for each in exchanges if (turn := turn_of(each))], ttl=60.0)


async def put_traffic(store, since, until, number, **fields):
    step = (until - since) / number
    await put(
        store,
        *(
            Exchange(id=f"{since}-{n}", ts=since + n * step, **({"model": "m"} | fields))
            for n in range(number)
        ),
    )


async def told(store, **fields):
    return [change.what for change in await changed_before(store, incident(**fields))]


async def test_markers_that_concern_it_are_named_the_nearest_first(store):
    for name, fields in {
        "an hour before": {"at": BEGAN - 3_600},
        "a minute before": {"at": BEGAN - 60, "model": "m", "version": "v2"},
        "at its end": {"at": BEGAN + GRACE},
        "too late": {"at": BEGAN + GRACE + 1},
        "long ago": {"at": BEGAN - BEFORE - 1},
        "another model": {"at": BEGAN, "model": "n"},
    }.items():
        given = {"id": name, "kind": "deployment", "text": name, "by": "ci"} | fields
        await store.put_marker(Marker(**given))
    found = await changed_before(store, incident())
    assert [each.what for each in found] == ["a minute before", "at its end", "an hour before"]
    assert found[0] == PriorChange(
        kind="deployment", at=BEGAN - 60, what="a minute before", by="ci", model="m", after="v2"
    )


async def test_another_policy_and_another_baseline_are_named(store):
    for action, subject, at, more in (
        ("policy.use", "p2", BEGAN - 50, {"before": "p1"}),
        ("baseline.promote", "chat@2", BEGAN - 20, {"model": "m"}),
        ("baseline.promote", "chat@3", BEGAN - 10, {"model": "n"}),
        ("baseline.keep", "chat@4", BEGAN - 5, {"model": "m"}),
        ("policy.use", "p1", BEGAN - BEFORE - 1, {}),
    ):
        await note(store, action, subject, by="ada", at=at, **more)
    baseline, policy = await changed_before(store, incident())
    assert (baseline.kind, baseline.what) == ("baseline", "baseline promote: chat@2")
    assert (policy.kind, policy.before, policy.after, policy.by) == ("policy", "p1", "p2", "ada")


async def test_a_tenant_that_takes_over_the_traffic_is_named_with_its_shares(store):
    await put_traffic(store, BEGAN - 3_600, BEGAN, 90, tenant="acme")
    await put_traffic(store, BEGAN - 3_599, BEGAN, 10, tenant="globex")
    await put_traffic(store, BEGAN, SEEN, 50, tenant="globex")
    found = await changed_before(store, incident())
    assert {each.what for each in found} == {
        "tenant acme: 90% of the exchanges before, 0% since",
        "tenant globex: 10% of the exchanges before, 100% since",
    }
    globex = next(each for each in found if each.tenant == "globex")
    assert (globex.kind, globex.at, globex.before, globex.after) == (
        "traffic",
        BEGAN,
        "10%",
        "100%",
    )


async def test_another_model_for_the_same_route_is_named(store):
    await put_traffic(store, BEGAN - 3_600, BEGAN, 60, model="old", route="/chat")
    await put_traffic(store, BEGAN - 3_599, SEEN, 60, model="other", route="/elsewhere")
    await put_traffic(store, BEGAN, SEEN, 60, route="/chat")
    assert await told(store, route="/chat") == [
        "model m: 0% of the exchanges before, 100% since",
        "model old: 100% of the exchanges before, 0% since",
    ]


async def test_a_replica_that_is_new_is_named(store):
    await put_traffic(store, BEGAN - 3_600, BEGAN, 60, upstream="a")
    await put_traffic(store, BEGAN, SEEN, 60, upstream="b")
    assert "upstream b: 0% of the exchanges before, 100% since" in await told(store)


async def test_of_one_tenants_incident_only_the_tenants_traffic_counts(store):
    await put_traffic(store, BEGAN - 3_600, BEGAN, 90, tenant="acme", route="/a")
    await put_traffic(store, BEGAN, SEEN, 50, tenant="globex", route="/b")
    await put_traffic(store, BEGAN + 1, SEEN, 50, tenant="acme", route="/a")
    assert await told(store, tenant="acme") == []


async def test_a_single_finding_has_no_traffic_since_to_compare(store):
    await put_traffic(store, BEGAN - 3_600, BEGAN, 90, tenant="acme")
    await put_traffic(store, BEGAN, SEEN, 50, tenant="globex")
    assert await told(store, last_seen=BEGAN) == []


async def test_what_was_seen_in_traffic_that_has_expired_is_still_told(store):
    await store.save_incident(incident(), expected_version=0)
    mix = PriorChange(kind="traffic", at=BEGAN, what="tenant acme: 0% before", tenant="acme")
    shown = await as_now(store, bundle(changed_before=[mix]))
    assert shown.changed_before == [mix]


async def test_somebody_of_one_tenant_is_told_that_tenants_changes_alone(store):
    await store.save_incident(incident(tenant="acme"), expected_version=0)
    marker = Marker(id="a", at=BEGAN, kind="config", text="of acme", tenant="acme")
    await store.put_marker(marker)
    await store.put_marker(replace(marker, id="b", text="of all", tenant=""))
    shown = await as_now(store, bundle(), tenant="acme")
    assert [each.what for each in shown.changed_before] == ["of acme"]
    assert [each.what for each in shown.timeline] == ["config: of acme", *FIRST_AND_MADE]


FIRST_AND_MADE = ["first seen", "bundle made: "]


async def test_the_like_are_told_with_how_they_ended_and_what_was_done(store):
    await store.save_incident(incident(), expected_version=0)
    await store.save_incident(make_incident("like", seen=BEGAN - 9_000), expected_version=0)
    for change, at, text in (
        (acknowledge, BEGAN - 8_000, "Looking."),
        (resolve, BEGAN - 1_800, "Rolled back to v0.11."),
    ):
        signature = Signature("ada", at, text)
        await change_by_hand(
            store,
            "like",
            lambda now, to=change, s=signature: to(now, at=s.at, note=s.note),
            signature,
        )
    (shown,) = (await as_now(store, bundle(similar_violations=[LIKE]))).similar_violations
    assert (shown.status, shown.outcome) == ("resolved", "resolved after 2 h")
    assert shown.note == "Rolled back to v0.11."
    assert shown.done == [
        "acknowledged by ada: Looking.",
        "resolved by ada: Rolled back to v0.11.",
    ]


async def test_what_was_over_by_itself_is_told_as_that(store):
    await store.save_incident(incident(), expected_version=0)
    await store.save_incident(make_incident("like", seen=1_000.0), expected_version=0)
    over = Signature("", 1_090.0, "No sign of it.")
    await change_stored(store, "like", lambda x: recover(x, at=1_090.0, reason="No sign."), over)
    (shown,) = (await as_now(store, bundle(similar_violations=[LIKE]))).similar_violations
    assert shown.outcome == "over by itself after 1.5 min"
    assert shown.done == ["over by itself: No sign of it."]


async def test_the_like_that_is_gone_stays_as_it_was(store):
    await store.save_incident(incident(), expected_version=0)
    shown = await as_now(store, bundle(similar_violations=[LIKE]))
    assert shown.similar_violations == [LIKE]


def turn(name, at, asked, **fields):
    earlier = [Message(role="user", content="Hello"), Message(role="assistant", content="Hi")]
    request = Request(messages=[*earlier, Message(role="user", content=asked)])
    given = {"conversation": "c1", "tenant": "acme", "response": Response(text=f"to {asked}")}
    return Exchange(id=name, ts=at, request=request, **(given | fields))


async def test_what_was_said_before_and_after_in_the_same_conversation_is_there(store):
    found = turn("x", BEGAN, "found")
    turns = [turn(f"x{n:+}", BEGAN + 20.0 * n, f"turn {n}") for n in range(-8, 9) if n]
    others = [
        turn("other", BEGAN - 1, "other", conversation="c2"),
        turn("elsewhere", BEGAN - 1, "elsewhere", tenant="globex"),
        turn("unknown", BEGAN - 1, "unknown", conversation=""),
    ]
    await put(store, found, *turns, *others)
    await store.save_incident(incident(), expected_version=0)
    shown = await as_now(store, bundle(exchange=msgspec.to_builtins(found)))
    assert [each["id"] for each in shown.conversation] == [
        f"x{n:+}" for n in (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)
    ]
    first = shown.conversation[0]
    assert [each["content"] for each in first["request"]["messages"]] == ["turn -5"]
    assert first["response"]["text"] == "to turn -5"


async def test_what_has_no_conversation_has_nothing_before_and_after(store):
    found = turn("x", BEGAN, "found", conversation="")
    await put(store, found, turn("y", BEGAN - 1, "other", conversation=""))
    await store.save_incident(incident(), expected_version=0)
    shown = await as_now(store, bundle(exchange=msgspec.to_builtins(found)))
    assert shown.conversation == []
