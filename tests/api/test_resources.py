import asyncio
import importlib.metadata
import threading

import msgspec
import openapi_spec_validator
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.incidents.incident import Incident
from monitor.policy import Policy
from monitor.record import decode_record


async def test_an_exchange_is_passed_on_as_it_is_kept(client, filled):
    answer = await client.get("/api/v1/exchanges/x1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == await filled.get_exchange("x1")
    assert decode_record(answer.content).exchange.prompt == "Good <b>morning</b>"


@pytest.mark.parametrize(
    ("query", "found"),
    [("", ["x1"]), ("?since=1001", []), ("?until=999", []), ("?since=1000&until=1000", ["x1"])],
)
async def test_exchanges_of_a_time_range(client, filled, query, found):
    items = (await client.get(f"/api/v1/exchanges{query}")).json()["items"]
    assert [each["exchange"]["id"] for each in items] == found


async def test_a_promoted_baseline_is_the_active_one(client, filled):
    assert [b["active"] for b in (await client.get("/api/v1/baselines")).json()["items"]] == [False]
    answer = await client.post("/api/v1/baselines/b1/promote", json={"model": "m"})
    assert answer.json()["active"] is True
    assert await filled.active_baseline("m") == "b1"
    assert await filled.active_baseline("other") is None
    await client.post("/api/v1/baselines/b1/promote")
    assert await filled.active_baseline("other") == "b1"
    assert (await client.get("/api/v1/baselines/b1")).json()["size"] == 500


async def test_the_policy_comes_whole_with_its_version(client):
    body = (await client.get("/api/v1/policy")).json()
    assert msgspec.convert(body["policy"], Policy) == Policy()
    assert body["version"] == Policy().version


async def test_stats_add_up_with_the_store(client, filled, journal):
    await journal.append([b"{}", b"{}"])
    await client.patch("/api/v1/incidents/i1", json={"status": "acknowledged"})
    body = (await client.get("/api/v1/stats")).json()
    assert body["counts"] == {"scored": 7}
    assert body["backlog"]["exchanges"] == 2
    assert body["incidents"] == {
        "total": 2,
        "by_severity": {"warning": 2},
        "by_detector": {"safety": 1, "drift": 1},
        "by_status": {"open": 1, "acknowledged": 1},
    }
    assert body["versions"]["sidewatch"] == importlib.metadata.version("sidewatch")


async def test_one_exchange_is_answered_with_one_score_and_a_list_with_a_list(client):
    one = await client.post("/api/v1/score", json={"prompt": "a", "id": "mine"})
    assert one.json()["id"] == "mine"
    many = await client.post("/api/v1/score", content=b' [{"prompt": "a"}, {"response": "b"}]')
    assert [each["id"] for each in many.json()] == ["0", "1"]
    assert many.json()[0]["prompt"]["unsafe"] == 0.25


async def test_too_many_waiting_to_be_scored_are_sent_away(make_api):
    may_end = threading.Event()

    def slow(exchanges):
        may_end.wait()
        return [{"id": x.id, "prompt": None, "response": None} for x in exchanges]

    async with make_api.client(scorer=slow, score_waiting=17, score_timeout=60.0) as client:
        asked = [
            asyncio.create_task(client.post("/api/v1/score", json={"prompt": "a"}))
            for _ in range(20)
        ]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        may_end.set()
        answers = [await task for task in asked]
    assert sorted(x.status_code for x in answers) == [200] * 17 + [429] * 3
    assert {x.headers.get("retry-after") for x in answers} == {None, "1"}


async def test_a_caller_says_how_long_it_waits(make_api):
    may_end = threading.Event()

    def slow(exchanges):
        may_end.wait()
        return [{"id": x.id, "prompt": None, "response": None} for x in exchanges]

    async with make_api.client(scorer=slow) as client:
        late = await client.post("/api/v1/score?wait=0.1", json={"prompt": "a"})
        may_end.set()
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        assert (await client.post("/api/v1/score?wait=0", json={"prompt": "a"})).status_code == 422


async def test_metrics_tell_of_requests_and_of_the_store(client, filled):
    await client.get("/api/v1/incidents/i1")
    await client.get("/api/v1/incidents/i2")
    await client.get("/made/up")
    text = (await client.get("/metrics")).text
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    route = "/api/v1/incidents/{incident_id}"
    assert samples[("sidewatch_api_requests_total", *sorted(("GET", route, "200")))] == 2
    assert samples[("sidewatch_api_requests_total", *sorted(("GET", "unmatched", "404")))] == 1
    assert samples["sidewatch_pipeline_events_total", "scored"] == 7
    assert samples[("sidewatch_incidents_unresolved", "drift", "open", "warning")] == 1
    assert samples[("sidewatch_incidents_unresolved", "critical", "drift", "open")] == 0
    assert samples["sidewatch_journal_entries", "exchanges"] == 0
    assert samples[("sidewatch_api_store_up",)] == 1


async def test_metrics_go_on_without_the_store(client, store):
    await store.close()
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert "sidewatch_api_store_up 0.0" in answer.text


async def test_the_openapi_document_is_valid_and_leaves_no_route_out(client):
    document = (await client.get("/openapi.json")).json()
    openapi_spec_validator.validate(document)
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"], path
            problem = operation["responses"]["422"]["content"]
            assert list(problem) == ["application/problem+json"], path


async def test_the_examples_are_what_the_api_takes_and_gives(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    shown = paths["/api/v1/incidents/{incident_id}"]["get"]["responses"]["200"]
    example = shown["content"]["application/json"]["example"]
    assert msgspec.to_builtins(msgspec.convert(example, Incident)) == example
    body = paths["/api/v1/score"]["post"]["requestBody"]["content"]["application/json"]
    for each in body["examples"].values():
        assert (await client.post("/api/v1/score", json=each["value"])).status_code == 200


async def test_the_reference_names_every_path_and_loads_nothing(client):
    document = (await client.get("/openapi.json")).json()
    answer = await client.get("/docs")
    for path in document["paths"]:
        assert f"<code>{path}</code>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in answer.text
    assert "src=" not in answer.text


async def test_answers_are_not_kept_by_caches_nor_run_by_browsers(client, filled):
    answer = await client.get("/api/v1/exchanges/x1")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
