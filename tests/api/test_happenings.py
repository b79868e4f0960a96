"""Markers and silences over HTTP."""

import pytest

NOW = 1_764_000_000.5
DEPLOYED = {"kind": "deployment", "text": "vLLM 0.12", "model": "m", "version": "v0.12", "by": "ci"}
LOAD_TEST = {"reason": "Load test.", "seconds": 60, "detector": "latency", "by": "ada"}


async def test_a_marker_is_listed_latest_first(client):
    made = await client.post("/api/v1/markers", json=DEPLOYED)
    assert made.status_code == 201
    earlier = await client.post("/api/v1/markers", json={**DEPLOYED, "at": 1_000.0})
    assert made.json() == {**DEPLOYED, "id": made.json()["id"], "at": NOW, "tenant": ""}
    listed = await client.get("/api/v1/markers")
    assert listed.json()["items"] == [made.json(), earlier.json()]
    bounded = await client.get("/api/v1/markers", params={"since": 999, "until": 1_000})
    assert bounded.json()["items"] == [earlier.json()]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**DEPLOYED, "kind": "party"},
        {**DEPLOYED, "text": ""},
        {**DEPLOYED, "text": "x" * 1_001},
        {**DEPLOYED, "at": -1},
        {**DEPLOYED, "modell": "m"},
    ],
)
async def test_a_marker_that_makes_no_sense_is_refused(client, wrong):
    answer = await client.post("/api/v1/markers", json=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/api/v1/markers")).json()["items"] == []


async def test_a_silence_begins_now_and_can_be_ended(client, store):
    made = (await client.post("/api/v1/silences", json=LOAD_TEST)).json()
    assert (made["created"], made["until"], made["by"]) == (NOW, NOW + 60, "ada")
    assert (made["detector"], made["severity"]) == ("latency", "")
    assert (await client.get("/api/v1/silences")).json()["items"] == [made]
    ended = await client.delete(f"/api/v1/silences/{made['id']}")
    assert ended.json() == {**made, "until": NOW}
    assert (await client.get("/api/v1/silences")).json()["items"] == []
    kept = await client.get("/api/v1/silences", params={"ended": True})
    assert kept.json()["items"] == [ended.json()]
    assert [each.action for each in await store.audit(limit=9)] == ["silence.end", "silence.begin"]


async def test_a_silence_that_is_not_there_cannot_be_ended(client):
    assert (await client.delete("/api/v1/silences/other")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "Everything.", "seconds": 60},
        {**LOAD_TEST, "reason": "  "},
        {**LOAD_TEST, "seconds": 0},
        {**LOAD_TEST, "seconds": 91 * 86_400},
        {**LOAD_TEST, "detector": "latncy"},
        {**LOAD_TEST, "id": "mine"},
    ],
)
async def test_a_silence_that_makes_no_sense_is_refused(client, wrong):
    answer = await client.post("/api/v1/silences", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert (await client.get("/api/v1/silences")).json()["items"] == []


async def test_an_incident_is_shown_with_the_silences_in_force(filled, client):
    made = (await client.post("/api/v1/silences", json={**LOAD_TEST, "detector": "safety"})).json()
    shown = {
        each["id"]: each["silenced_by"]
        for each in (await client.get("/api/v1/incidents")).json()["items"]
    }
    assert shown == {"i1": [made["id"]], "i2": []}
    one = await client.get("/api/v1/incidents/i1")
    assert one.json()["silenced_by"] == [made["id"]]
    assert (await filled.get_incident("i1")).silenced_by == []
    await client.delete(f"/api/v1/silences/{made['id']}")
    assert (await client.get("/api/v1/incidents/i1")).json()["silenced_by"] == []


async def test_silences_in_force_are_a_metric(client):
    assert "sidewatch_silences 0.0" in (await client.get("/metrics")).text
    await client.post("/api/v1/silences", json=LOAD_TEST)
    assert "sidewatch_silences 1.0" in (await client.get("/metrics")).text
