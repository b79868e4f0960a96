"""Baselines over HTTP."""

from dataclasses import replace

import pytest
from baselines import make_baseline, store_exchanges
from incidents import make_incident

from detectors.baseline import Baseline
from monitor.baselines.keeping import keep
from monitor.record import decode_record

PATH = "/api/v1/baselines"


@pytest.fixture
async def kept(store):
    await keep(store, make_baseline(seed=1))
    await keep(store, make_baseline(seed=2, longer=0.5), model="m")
    return store


async def used_by(client):
    items = (await client.get(PATH)).json()["items"]
    return {each["name"]: each["used_by"] for each in items}


async def test_a_name_alone_shows_its_latest_version(client, kept):
    shown = (await client.get(f"{PATH}/chat")).json()
    assert (shown["name"], shown["size"], shown["model"]) == ("chat@2", 200, "m")
    assert shown["details"]["origin"]["source"] == "a.jsonl"
    assert (await client.get(f"{PATH}/chat@1")).json()["digest"] != shown["digest"]


async def test_promotions_are_made_and_undone_and_audited(client, kept):
    for name in ("chat@1", "chat"):
        asked = {"model": "m", "by": "ada", "note": "why"}
        answer = await client.post(f"{PATH}/{name}/promote", json=asked)
        assert answer.status_code == 200
    assert await used_by(client) == {"chat@1": [], "chat@2": ["m"]}
    answer = await client.post(f"{PATH}/undo", json={"model": "m"})
    assert (answer.json()["name"], answer.json()["used_by"]) == ("chat@1", ["m"])
    assert (await client.post(f"{PATH}/undo", json={"model": "m"})).status_code == 409
    audit = [(e.by, e.action, e.subject) for e in await kept.audit(limit=9)]
    assert audit == [
        ("api", "baseline.undo", "chat@1"),
        ("ada", "baseline.promote", "chat@2"),
        ("ada", "baseline.promote", "chat@1"),
    ]


async def test_what_moved_between_two_is_told(client, kept):
    found = (await client.get(f"{PATH}/chat@1/diff", params={"against": "chat"})).json()
    assert (found["a"], found["b"]) == ("chat@1", "chat@2")
    assert [each["name"] for each in found["distances"] if each["moved"]] == ["prompt_length"]
    assert (await client.get(f"{PATH}/chat@1/diff", params={"against": "no"})).status_code == 404
    assert (await client.get(f"{PATH}/chat@1/diff")).status_code == 422


async def test_baselines_of_different_models_are_a_conflict(client, kept):
    other = make_baseline("other", seed=3)
    await keep(kept, replace(other, origin=replace(other.origin, screen="0" * 12)))
    answer = await client.get(f"{PATH}/chat/diff", params={"against": "other"})
    assert answer.status_code == 409
    assert "cannot be compared" in answer.json()["detail"]


async def test_an_exported_baseline_is_a_file_under_its_own_name(client, kept):
    answer = await client.get(f"{PATH}/chat/export")
    baseline = Baseline.from_bytes(answer.content)
    assert (baseline.name, baseline.digest) == (
        "chat",
        make_baseline(seed=2, longer=0.5).digest,
    )
    assert 'filename="chat@2.baseline"' in answer.headers["content-disposition"]


async def test_one_that_is_not_in_use_is_deleted(client, kept):
    await client.post(f"{PATH}/chat/promote")
    assert (await client.delete(f"{PATH}/chat@2")).status_code == 409
    assert (await client.delete(f"{PATH}/chat@1")).json()["name"] == "chat@1"
    assert await used_by(client) == {"chat@2": [""]}
    assert (await client.delete(f"{PATH}/chat@1")).status_code == 404


async def test_a_drift_is_accepted_as_the_new_normal(client, kept):
    exchanges = await store_exchanges(kept, 220, start=-300)
    incident = make_incident("d1", seen=exchanges[50].ts, detector="drift", kind="input_drift")
    await kept.save_incident(incident, expected_version=0)
    (stored,) = await kept.exchanges(since=exchanges[50].ts, until=exchanges[50].ts, limit=9)
    assert decode_record(stored).exchange.id == exchanges[50].id
    await client.post(f"{PATH}/chat/promote", json={"model": "m"})

    answer = await client.post(f"{PATH}/accept", json={"incident": "d1", "by": "ada"})
    assert answer.status_code == 200, answer.text
    accepted = answer.json()
    assert accepted["baseline"]["name"] == "chat@3"
    assert accepted["baseline"]["size"] == 170
    assert accepted["incident"]["status"] == "resolved"
    assert await used_by(client) == {"chat@1": [], "chat@2": [], "chat@3": ["m"]}


async def test_what_cannot_be_accepted_is_told(client, kept):
    await kept.save_incident(make_incident("s1"), expected_version=0)
    young = make_incident("d2", detector="drift", seen=2e9, fingerprint="g")
    await kept.save_incident(young, expected_version=0)
    for incident, status, told in (
        ("no", 404, "no incident"),
        ("s1", 409, "only a drift"),
        ("d2", 409, "100 more are needed"),
    ):
        answer = await client.post(f"{PATH}/accept", json={"incident": incident})
        assert (answer.status_code, told in answer.json()["detail"]) == (status, True)
    named = {"incident": "d2", "name": "not a name"}
    assert (await client.post(f"{PATH}/accept", json=named)).status_code == 422


async def test_without_texts_in_the_store_nothing_is_accepted(client, kept):
    exchanges = await store_exchanges(kept, 5, start=-10, mode="none")
    incident = make_incident("d3", seen=exchanges[0].ts, detector="drift")
    await kept.save_incident(incident, expected_version=0)
    answer = await client.post(f"{PATH}/accept", json={"incident": "d3"})
    assert answer.status_code == 409
    assert "store keeps no texts" in answer.json()["detail"]
