"""Labels over HTTP."""

import io
import zipfile

import pytest

from monitor.exchange.model import Exchange, Message, Request
from monitor.incidents.bundle import Bundle
from monitor.record import ExchangeRecord, encode_record

NOW = 1_764_000_000.5
PATH = "/api/v1/incidents/i1/labels"
SCORES = {"prompt": {"unsafe": 0.6, "self_harm": 0.55}}


@pytest.fixture
async def found(store, put_incident):
    """An incident of two exchanges, the first of which is stored."""
    await put_incident("i1", rule="safety.prompt.self_harm", exchange_ids=["x1", "x2"])
    exchange = Exchange(
        id="x1", ts=1.0, request=Request(messages=[Message(role="user", content="Hi")])
    )
    record = encode_record(ExchangeRecord(exchange=exchange, scores=SCORES))
    await store.put_exchanges([("x1", 1.0, record)], ttl=60.0)
    return store


async def test_a_label_keeps_who_said_it_why_and_the_scores_it_is_about(client, found):
    said = {"verdict": "false_positive", "reason": "A nurse asks.", "by": "ada"}
    given = (await client.post(PATH, json=said)).json()
    assert given == {
        **said,
        "incident_id": "i1",
        "at": NOW,
        "exchange_id": "x1",
        "detector": "safety",
        "kind": "self_harm",
        "rule": "safety.prompt.self_harm",
        "model": "m",
        "tenant": "",
        "policy": "",
        "scores": SCORES,
    }
    assert (await client.get(PATH)).json() == {"items": [given]}


async def test_a_label_shows_on_the_incident_and_in_the_bundle(client, found):
    bundle = Bundle(
        incident_id="i1",
        created=1.0,
        severity="warning",
        severity_reason="",
        category="self_harm",
        summary="",
    )
    await found.put_bundle(bundle)
    before = (await client.get("/api/v1/incidents/i1")).json()
    assert before["verdict"] is None
    given = (await client.post(PATH, json={"verdict": "true_positive"})).json()
    after = (await client.get("/api/v1/incidents/i1")).json()
    assert (after["verdict"], after["version"]) == ("true_positive", before["version"] + 1)
    assert after["status"] == before["status"]
    assert (await client.get("/api/v1/incidents/i1/bundle")).json()["labels"] == [given]


async def test_an_incident_that_is_right_about_one_exchange_is_right(client, found):
    verdicts = []
    for exchange, verdict in (("x1", "false_positive"), ("x2", "true_positive")):
        await client.post(PATH, json={"verdict": verdict, "exchange_id": exchange})
        verdicts.append((await client.get("/api/v1/incidents/i1")).json()["verdict"])
    assert verdicts == ["false_positive", "true_positive"]
    await client.post(PATH, json={"verdict": "false_positive", "exchange_id": "x2"})
    assert (await client.get("/api/v1/incidents/i1")).json()["verdict"] == "false_positive"


async def test_every_label_is_in_the_audit_log(client, found):
    for verdict in ("false_positive", "true_positive"):
        await client.post(PATH, json={"verdict": verdict, "by": "ada", "reason": "because"})
    latest, first = await found.audit(limit=9)
    assert (latest.action, latest.subject, latest.by) == ("incident.label", "i1", "ada")
    assert latest.details == {"verdict": "true_positive", "exchange": "x1", "reason": "because"}
    assert first.details["verdict"] == "false_positive"


async def test_an_exchange_that_has_expired_is_labelled_without_scores(client, found):
    said = {"verdict": "true_positive", "exchange_id": "x2"}
    assert (await client.post(PATH, json=said)).json()["scores"] == {}


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        (PATH, {"verdict": "perhaps"}, 422),
        (PATH, {}, 422),
        (PATH, {"verdict": "true_positive", "colour": "red"}, 422),
        (PATH, {"verdict": "true_positive", "exchange_id": "x3"}, 422),
        ("/api/v1/incidents/i9/labels", {"verdict": "true_positive"}, 404),
    ],
)
async def test_a_wrong_label_is_refused_and_leaves_nothing(client, found, path, said, status):
    answer = await client.post(path, json=said)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert (await client.get(PATH)).json() == {"items": []}
    assert await found.audit(limit=9) == []


async def test_labels_of_no_incident_are_not_found(client, store):
    assert (await client.get("/api/v1/incidents/i9/labels")).status_code == 404


async def test_the_bundle_comes_as_a_zip_too(client, found):
    path = "/api/v1/incidents/i1/bundle"
    assert (await client.get(f"{path}.zip")).status_code == 404
    bundle = Bundle(
        incident_id="i1",
        created=1.0,
        severity="warning",
        severity_reason="",
        category="self_harm",
        summary="",
    )
    await found.put_bundle(bundle)
    answer = await client.get(f"{path}.zip?texts=none")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert {"i1/bundle.json", "i1/exchanges.jsonl"} <= set(opened.namelist())
    assert (await client.get(f"{path}.zip?texts=as-stored")).status_code == 422
