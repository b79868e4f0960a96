import asyncio
from dataclasses import replace

import numpy as np
import pytest

from api.changes import change_incident
from monitor.incidents.events import Signature
from monitor.incidents.incident import acknowledge
from monitor.store.traits import Traits

NOW = 1_764_000_000.5


async def test_the_list_is_newest_first_in_pages_that_do_not_overlap(client, put_incident):
    for n in range(5):
        await put_incident(f"i{n}", seen=float(n))
    seen, cursor = [], ""
    for _ in range(3):
        page = (await client.get(f"/api/v1/incidents?limit=2&cursor={cursor}")).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["cursor"]
    assert seen == ["i4", "i3", "i2", "i1", "i0"]
    assert cursor == ""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("status=open", {"a", "b"}),
        ("status=resolved", set()),
        ("severity=critical", {"b"}),
        ("detector=safety", {"a"}),
        ("kind=ttft", {"b"}),
        ("model=m", {"a"}),
        ("route=/v1/chat/completions", {"b"}),
        ("tenant=acme", {"b"}),
        ("since=1500", {"b"}),
        ("until=1500", {"a"}),
        ("since=1000&until=2000", {"a", "b"}),
        ("detector=safety&severity=critical", set()),
    ],
)
async def test_filters_narrow_the_list(client, put_incident, query, found):
    await put_incident("a", seen=1_000.0)
    await put_incident(
        "b",
        seen=2_000.0,
        detector="latency",
        kind="ttft",
        severity="critical",
        model="other",
        route="/v1/chat/completions",
        tenant="acme",
    )
    page = (await client.get(f"/api/v1/incidents?{query}")).json()
    assert {each["id"] for each in page["items"]} == found


async def test_an_incident_comes_with_its_version_as_entity_tag(client, filled):
    answer = await client.get("/api/v1/incidents/i1")
    assert answer.json()["version"] == 1
    assert answer.headers["etag"] == '"1"'


async def test_an_incident_is_acknowledged_then_resolved(client, filled):
    url = "/api/v1/incidents/i1"
    answer = await client.patch(url, json={"status": "acknowledged", "owner": "ada"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    answer = await client.patch(url, json={"status": "resolved", "note": "rolled back"})
    assert answer.json() == (await client.get(url)).json()
    kept = await filled.get_incident("i1")
    assert (kept.status, kept.owner, kept.note, kept.updated, kept.version) == (
        "resolved",
        "ada",
        "rolled back",
        NOW,
        3,
    )


async def test_an_owner_or_a_note_alone_leaves_the_status(client, filled):
    answer = await client.patch("/api/v1/incidents/i1", json={"owner": "ada"})
    assert (answer.json()["status"], answer.json()["owner"]) == ("open", "ada")


async def test_a_resolved_incident_is_not_acknowledged(client, filled):
    url = "/api/v1/incidents/i1"
    await client.patch(url, json={"status": "resolved"})
    answer = await client.patch(url, json={"status": "acknowledged"})
    assert answer.status_code == 409
    assert "resolved" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"1"', 200), ('"7", "1"', 200), ("*", 200), ('"2"', 412), ('W/"1"', 412), ("1", 412)],
)
async def test_a_change_with_if_match_needs_the_version_that_was_read(
    client, filled, if_match, status
):
    answer = await client.patch(
        "/api/v1/incidents/i1", json={"owner": "ada"}, headers={"If-Match": if_match}
    )
    assert answer.status_code == status
    assert (await filled.get_incident("i1")).owner == ("ada" if status == 200 else "")


async def test_changes_at_the_same_time_are_all_kept(client, filled):
    owners = [f"o{n}" for n in range(5)]
    answers = await asyncio.gather(
        *(client.patch("/api/v1/incidents/i1", json={"owner": owner}) for owner in owners)
    )
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {answer.json()["version"] for answer in answers} == {2, 3, 4, 5, 6}


async def test_a_change_by_somebody_else_while_ours_is_made_is_not_lost(filled):
    """The other change comes between our read and our write."""
    other = replace(await filled.get_incident("i1"), note="from the worker", version=2)
    rounds = 0

    def change(read):
        nonlocal rounds
        rounds += 1
        return acknowledge(read, at=NOW, owner="ada")

    class Meddling:
        async def get_incident(self, incident_id):
            read = await filled.get_incident(incident_id)
            if read.version == 1:
                await filled.save_incident(other, expected_version=1)
            return read

        def __getattr__(self, name):
            return getattr(filled, name)

    changed = await change_incident(
        Meddling(), "i1", change, by=Signature("ada", NOW), if_match=None
    )
    assert rounds == 2
    assert changed == await filled.get_incident("i1")
    assert (changed.note, changed.owner, changed.version) == ("from the worker", "ada", 3)


async def test_the_bundle_is_the_stored_one(client, filled):
    body = (await client.get("/api/v1/incidents/i1/bundle")).json()
    assert body["contributing_factors"][0]["name"] == "self_harm"


async def test_an_incident_without_a_bundle_says_so(client, filled):
    assert (await client.get("/api/v1/incidents/i2/bundle")).status_code == 404
    assert (await client.get("/api/v1/incidents/i2/similar")).json() == {"items": []}


async def test_similar_violations_are_found_as_they_are_now_also_later_ones(
    client, store, put_incident
):
    await store.put_vector("i1", "safety", np.float32([1, 0]).tobytes())
    await put_incident("i1")
    assert (await client.get("/api/v1/incidents/i1/similar")).json() == {"items": []}
    for name, vector in (("near", [0.8, 0.6]), ("far", [0, 1]), ("gone", [1, 0])):
        await store.put_vector(name, "safety", np.float32(vector).tobytes())
    for name in ("near", "far"):
        await put_incident(name, seen=2_000.0)
    await client.patch("/api/v1/incidents/near", json={"status": "resolved", "note": "false alarm"})
    (found,) = (await client.get("/api/v1/incidents/i1/similar")).json()["items"]
    assert found == {
        "incident_id": "near",
        "similarity": 0.8,
        "title": "safety: self harm on m",
        "status": "resolved",
        "last_seen": 2_000.0,
        "note": "false alarm",
        "verdict": None,
        "outcome": "resolved after 20417 d",
        "done": ["resolved by api: false alarm"],
    }


async def test_similar_violations_are_looked_for_among_those_that_are_asked_for(
    client, make_api, key_for, store, put_incident
):
    for n in range(60):
        fields = {"model": "m", "tenant": "globex" if n else "acme"}
        await put_incident(f"i{n}", kind="self_harm", **fields)
        row = np.float32([1, n / 100]) / np.hypot(1, n / 100)
        traits = Traits("self_harm", **fields)
        await store.put_vector(f"i{n}", "safety", np.float32(row).tobytes(), traits)

    async def found(client, name, query):
        answer = await client.get(f"/api/v1/incidents/{name}/similar?{query}")
        return [each["incident_id"] for each in answer.json()["items"]]

    assert await found(client, "i59", "limit=2") == ["i58", "i57"]
    assert await found(client, "i59", "tenant=acme&model=m") == ["i0"]
    assert await found(client, "i59", "kind=violence") == []
    answer = await client.get("/api/v1/incidents/i59/similar?colour=red")
    assert answer.status_code == 422
    await put_incident("own", tenant="acme")
    row = np.float32([0.8, 0.6]).tobytes()
    await store.put_vector("own", "safety", row, Traits("self_harm", "m", "acme"))
    headers = await key_for("read", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        assert await found(client, "i0", "tenant=globex") == []
        assert await found(client, "own", "limit=1") == ["i0"]


async def test_incidents_without_a_text_are_compared_by_what_they_have_in_common(
    client, put_incident
):
    for name, fields in {"a": {}, "b": {}, "c": {"model": "other"}, "d": {"kind": "x"}}.items():
        await put_incident(name, **{"detector": "drift", "kind": "input_drift", **fields})
    items = (await client.get("/api/v1/incidents/a/similar")).json()["items"]
    assert [(each["incident_id"], each["similarity"]) for each in items] == [("b", 1), ("c", 0.75)]
    items = (await client.get("/api/v1/incidents/a/similar?model=other")).json()["items"]
    assert [each["incident_id"] for each in items] == ["c"]
