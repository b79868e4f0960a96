"""The life of an incident over HTTP: notes, links, opening again, and the timeline."""

from dataclasses import fields

import msgspec
import pytest

from api.schemas.examples import INCIDENT
from monitor.incidents.incident import Incident

NOW = 1_764_000_000.5
PATH = "/api/v1/incidents/i1"


async def test_notes_stay_beside_each_other(filled, client):
    first = await client.post(f"{PATH}/notes", json={"text": "Looking.", "by": "ada"})
    assert first.status_code == 201
    assert first.json() == {"at": NOW, "by": "ada", "text": "Looking.", "kind": "noted"}
    second = await client.post(f"{PATH}/notes", json={"text": "Rolled back.", "by": "bob"})
    listed = (await client.get(f"{PATH}/notes")).json()["items"]
    assert listed == [first.json(), second.json()]
    shown = await client.get(PATH)
    assert shown.json()["note"] == "Rolled back."
    assert shown.headers["etag"] == second.headers["etag"]
    assert [entry.action for entry in await filled.audit(limit=9)] == ["incident.annotate"] * 2


async def test_a_resolved_incident_is_opened_again_by_hand(filled, client):
    refused = await client.patch(PATH, json={"status": "open"})
    assert refused.status_code == 409
    await client.patch(PATH, json={"status": "resolved"})
    opened = await client.patch(PATH, json={"status": "open", "note": "It is back."})
    assert (opened.json()["status"], opened.json()["note"]) == ("open", "It is back.")
    entry = (await filled.audit(limit=1))[0]
    assert (entry.action, entry.details["before"]) == ("incident.reopen", "resolved")


async def test_links_are_replaced_whole_and_stay_where_they_are_not_named(filled, client):
    links = ["https://tickets.example/1"]
    assert (await client.patch(PATH, json={"links": links})).json()["links"] == links
    assert (await client.patch(PATH, json={"owner": "ada"})).json()["links"] == links
    assert (await client.patch(PATH, json={"links": []})).json()["links"] == []
    actions = [entry.action for entry in await filled.audit(limit=9)]
    assert actions == ["incident.link", "incident.assign", "incident.link"]


@pytest.mark.parametrize("wrong", ["javascript:alert(1)", "ticket 1", "https://a:b@c.example"])
async def test_a_link_that_is_no_safe_address_is_refused(filled, client, wrong):
    answer = await client.patch(PATH, json={"links": [wrong]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "links.0"
    assert (await client.get(PATH)).json()["links"] == []


async def test_the_timeline_has_traffic_changes_and_what_was_done_to_the_service(filled, client):
    done = {"kind": "deployment", "text": "v2", "at": 990.0, "by": "ci"}
    await client.post("/api/v1/markers", json=done)
    await client.patch(PATH, json={"status": "acknowledged", "owner": "ada", "note": "Mine."})
    label = {"verdict": "true_positive", "by": "ada", "reason": "Indeed."}
    await client.post(f"{PATH}/labels", json=label)
    moments = (await client.get(f"{PATH}/timeline")).json()["items"]
    assert [(each["at"], each["kind"]) for each in moments] == [
        (990.0, "marker"),
        (1_000.0, "first_seen"),
        (1_000.0, "bundle"),
        (NOW, "acknowledged"),
        (NOW, "assigned"),
        (NOW, "labelled"),
    ]
    assert [each["note"] for each in moments][3:] == ["Mine.", "", "Indeed."]


@pytest.mark.parametrize("path", ["notes", "timeline"])
async def test_what_is_no_incident_has_no_history(client, path):
    assert (await client.get(f"/api/v1/incidents/other/{path}")).status_code == 404
    answer = await client.post("/api/v1/incidents/other/notes", json={"text": "x"})
    assert answer.status_code == 404


async def test_a_key_of_a_tenant_sees_only_what_was_done_for_that_tenant(
    make_api, key_for, put_incident, client
):
    await put_incident("ours", tenant="acme")
    for tenant in ("", "acme"):
        done = {"kind": "config", "text": f"of {tenant}", "tenant": tenant, "at": 999.0}
        await client.post("/api/v1/markers", json=done)
    async with make_api.client(require_key=True, headers=await key_for("read", tenant="acme")) as c:
        moments = (await c.get("/api/v1/incidents/ours/timeline")).json()["items"]
    assert [each["what"] for each in moments if each["kind"] == "marker"] == ["config: of acme"]


def test_the_example_of_an_incident_has_every_field_and_no_other():
    assert set(INCIDENT) == {field.name for field in fields(Incident)}
    assert msgspec.convert(INCIDENT, Incident).id == INCIDENT["id"]
