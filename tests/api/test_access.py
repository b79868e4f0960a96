"""Who may do what: every route, for a key of each scope, of one tenant, and for nobody."""

import msgspec
import pytest
from incidents import make_incident

from api.guard.admission import need
from api.guard.auth import OPEN_PATHS
from api.guard.limits import RateLimit
from detectors.base import Evidence
from monitor.access.audit import first_broken
from monitor.access.keys import allows
from monitor.exchange.model import Exchange
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.incidents.detections import KeptDetection
from monitor.incidents.events import Signature, events_between
from monitor.record import ExchangeRecord
from monitor.store.base import StoreError

NOW = 1_764_000_000.5
SCOPES = ("read", "operate", "admin")
OWN, ALL = True, False
"""Whether a key of one tenant sees its own there, or is kept out."""
NEEDS = {
    "POST /api/v1/incidents/bulk": ("operate", OWN),
    "GET /api/v1/incidents": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}": ("read", OWN),
    "PATCH /api/v1/incidents/{incident_id}": ("operate", OWN),
    "GET /api/v1/incidents/{incident_id}/bundle": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}/bundle.zip": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}/similar": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}/labels": ("read", OWN),
    "POST /api/v1/incidents/{incident_id}/labels": ("operate", OWN),
    "GET /api/v1/incidents/{incident_id}/timeline": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}/notes": ("read", OWN),
    "POST /api/v1/incidents/{incident_id}/notes": ("operate", OWN),
    "GET /api/v1/detections": ("read", OWN),
    "GET /api/v1/events": ("read", OWN),
    "GET /api/v1/incidents/{incident_id}/report": ("read", ALL),
    "GET /api/v1/incidents/{incident_id}/report.json": ("read", ALL),
    "GET /api/v1/markers": ("read", ALL),
    "POST /api/v1/markers": ("operate", ALL),
    "GET /api/v1/silences": ("read", ALL),
    "POST /api/v1/silences": ("operate", ALL),
    "DELETE /api/v1/silences/{silence_id}": ("operate", ALL),
    "GET /api/v1/alerts": ("read", ALL),
    "GET /api/v1/alerts/dead": ("read", ALL),
    "POST /api/v1/alerts/dead/{letter_id}/retry": ("operate", ALL),
    "DELETE /api/v1/alerts/dead/{letter_id}": ("operate", ALL),
    "POST /api/v1/alerts/alertmanager": ("operate", ALL),
    "GET /api/v1/exchanges": ("read", OWN),
    "GET /api/v1/exchanges/{exchange_id}": ("read", OWN),
    "GET /api/v1/baselines": ("read", ALL),
    "POST /api/v1/baselines/undo": ("operate", ALL),
    "POST /api/v1/baselines/accept": ("operate", ALL),
    "GET /api/v1/baselines/{name}": ("read", ALL),
    "DELETE /api/v1/baselines/{name}": ("admin", ALL),
    "GET /api/v1/baselines/{name}/diff": ("read", ALL),
    "GET /api/v1/baselines/{name}/export": ("read", ALL),
    "POST /api/v1/baselines/{name}/promote": ("operate", ALL),
    "GET /api/v1/policy": ("read", OWN),
    "POST /api/v1/score": ("read", OWN),
    "POST /api/v1/text/contents": ("read", OWN),
    "GET /api/v1/keys": ("admin", ALL),
    "POST /api/v1/keys": ("admin", ALL),
    "DELETE /api/v1/keys/{key_id}": ("admin", ALL),
    "POST /api/v1/erasures": ("admin", ALL),
    "GET /api/v1/audit": ("admin", ALL),
    "GET /api/v1/audit/verify": ("admin", ALL),
    "GET /api/v1/stats": ("read", ALL),
    "GET /metrics": ("read", ALL),
}
"""Every route. One that is added is added here, or the first test fails."""


def routes(app):
    """Method and path of every operation behind a key."""
    return [
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path not in OPEN_PATHS
    ]


def filled_in(path):
    for name in ("incident_id", "exchange_id", "name", "key_id", "silence_id", "letter_id"):
        path = path.replace(f"{{{name}}}", "x")
    assert "{" not in path
    return bounded(path)


def bounded(path):
    """The path, with an end of the one answer that has none."""
    return f"{path}?seconds=0.05&after=0-0" if path == "/api/v1/events" else path


def test_every_route_is_in_the_table(make_api):
    assert {f"{method} {path}" for method, path in routes(make_api.app())} == set(NEEDS)


@pytest.mark.parametrize("route", NEEDS)
def test_what_a_route_needs_is_as_documented(route):
    needed = need(*route.split())
    assert (needed.scope, needed.tenants) == NEEDS[route]


async def test_no_route_answers_without_a_key_or_with_a_wrong_one(make_api, key_for, store):
    await fill(store)
    key = (await key_for("admin"))["Authorization"]
    async with make_api.client(require_key=True) as client:
        for method, path in routes(make_api.app()):
            for headers in ({}, {"Authorization": f"{key}x"}, {"Authorization": key[:-1]}):
                answer = await client.request(method, filled_in(path), headers=headers)
                assert answer.status_code == 401, (method, path)
                assert "secret" not in answer.text


@pytest.mark.parametrize("scope", SCOPES)
async def test_no_route_answers_a_key_of_too_small_a_scope(make_api, key_for, scope):
    headers = await key_for(scope)
    async with make_api.client(require_key=True, headers=headers) as client:
        for method, path in routes(make_api.app()):
            answer = await client.request(method, filled_in(path))
            refused = not allows(scope, need(method, path).scope)
            assert (answer.status_code == 403) is refused, (method, path, answer.text)


async def test_no_route_shows_or_changes_what_is_another_tenants(make_api, key_for, store):
    await fill(store)
    headers = await key_for("operate", tenant="acme")
    before = [await store.get_incident(name) for name in ("ours", "theirs", "nobodys")]
    async with make_api.client(require_key=True, headers=headers) as client:
        for method, path in routes(make_api.app()):
            for other in ("theirs", "nobodys"):
                answer = await client.request(
                    method,
                    bounded(path.replace("{incident_id}", other).replace("{exchange_id}", other)),
                    json={"status": "resolved", **({"ids": [other]} if "bulk" in path else {})},
                )
                open_to_all = need(method, path).tenants and "{" not in path
                if not open_to_all:
                    assert answer.status_code in {403, 404}, (method, path, answer.text)
                assert "globex" not in answer.text
                assert "a secret of" not in answer.text
    assert [await store.get_incident(n) for n in ("ours", "theirs", "nobodys")] == before


async def fill(store):
    for name, tenant in (("ours", "acme"), ("theirs", "globex"), ("nobodys", "")):
        incident = make_incident(
            name, fingerprint=f"f-{name}", title=f"a secret of {tenant}", tenant=tenant
        )
        if name == "ours":
            incident = make_incident(name, fingerprint="f", title="our own", tenant=tenant)
        opened = events_between(None, incident, Signature("", 1.0))
        await store.save_incident(incident, expected_version=0, events=opened)
        kept = KeptDetection(
            id=f"r:{name}",
            at=1.0,
            incident_id=name,
            detector="safety",
            kind="self_harm",
            rule="r",
            severity="info",
            score=0.9,
            threshold=0.5,
            model="m",
            tenant=tenant,
            evidence=[Evidence("phrase", incident.title)],
        )
        await store.put_detections([kept], ttl=60.0, room=99)
        similar = [
            SimilarViolation(
                incident_id=other,
                similarity=0.9,
                title=f"of {other}",
                status="open",
                last_seen=1.0,
                note="a secret of theirs",
            )
            for other in ("theirs", "nobodys")
        ]
        await store.put_bundle(
            Bundle(
                incident_id=name,
                created=1.0,
                severity="info",
                severity_reason="",
                category="",
                summary=f"of {name}",
                similar_violations=similar,
            )
        )
        record = ExchangeRecord(exchange=Exchange(id=name, ts=1_000.0, tenant=tenant))
        await store.put_exchanges([(name, 1_000.0, msgspec.json.encode(record))], ttl=60.0)


async def test_a_key_of_a_tenant_sees_what_is_its_own(make_api, key_for, store):
    await fill(store)
    headers = await key_for("operate", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        listed = (await client.get("/api/v1/incidents")).json()["items"]
        asked = (await client.get("/api/v1/incidents?tenant=globex")).json()["items"]
        exchanges = (await client.get("/api/v1/exchanges")).json()["items"]
        bundle = (await client.get("/api/v1/incidents/ours/bundle")).json()
        zips = [await client.get(f"/api/v1/incidents/{x}/bundle.zip") for x in ("ours", "theirs")]
        similar = (await client.get("/api/v1/incidents/ours/similar")).json()["items"]
        changed = await client.patch("/api/v1/incidents/ours", json={"status": "acknowledged"})
    assert [each["id"] for each in listed] == ["ours"]
    assert asked == []
    assert [each["exchange"]["id"] for each in exchanges] == ["ours"]
    assert (bundle["summary"], bundle["similar_violations"]) == ("of ours", [])
    assert [answer.status_code for answer in zips] == [200, 404]
    assert similar == []
    assert changed.json()["status"] == "acknowledged"


async def test_others_see_every_tenant(make_api, key_for, store):
    await fill(store)
    async with make_api.client(require_key=True, headers=await key_for("read")) as client:
        listed = (await client.get("/api/v1/incidents")).json()["items"]
        bundle = (await client.get("/api/v1/incidents/ours/bundle")).json()
        exchanges = (await client.get("/api/v1/exchanges")).json()["items"]
    assert len(listed) == len(exchanges) == 3
    assert len(bundle["similar_violations"]) == 2


async def test_a_key_is_made_listed_used_and_revoked(make_api, key_for, store):
    async with make_api.client(require_key=True, headers=await key_for("admin")) as client:
        made = await client.post(
            "/api/v1/keys", json={"name": "pager", "scope": "operate", "tenant": "acme", "ttl": 60}
        )
        assert made.status_code == 201
        key, record = made.json()["key"], made.json()["record"]
        assert record["expires"] == NOW + 60
        listed = (await client.get("/api/v1/keys")).json()["items"]
        assert record in listed
        assert not {"hash", "salt"} & set(listed[0])
        ours = {"headers": {"X-API-Key": key, "Authorization": ""}}
        assert (await client.get("/api/v1/incidents", **ours)).status_code == 200
        ended = await client.delete(f"/api/v1/keys/{record['id']}")
        assert ended.json()["revoked"] == NOW
        assert (await client.get("/api/v1/incidents", **ours)).status_code == 401
        assert (await client.delete("/api/v1/keys/nobody")).status_code == 404
    log = [(e.action, e.by) for e in await store.audit(limit=9)]
    assert log == [
        ("key.revoke", "key admin"),
        ("key.create", "key admin"),
        ("key.create", "ada"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "", "scope": "read"},
        {"name": "x", "scope": "root"},
        {"name": "x", "scope": "admin", "tenant": "acme"},
        {"name": "x", "scope": "read", "ttl": 0},
        {"name": "x", "scope": "read", "tenent": "acme"},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(client, store, wrong):
    assert (await client.post("/api/v1/keys", json=wrong)).status_code == 422
    assert await store.keys() == []


async def test_an_expired_key_opens_nothing(make_api, key_for):
    headers = await key_for("admin", ttl=0.5)
    async with make_api.client(require_key=True, headers=headers) as client:
        assert (await client.get("/api/v1/incidents")).status_code == 401


async def test_a_key_on_this_machine_keeps_to_its_scope_though_none_is_asked_for(make_api, key_for):
    async with make_api.client(headers=await key_for("read")) as client:
        assert (await client.get("/api/v1/incidents")).status_code == 200
        assert (await client.get("/api/v1/keys")).status_code == 403
    wrong = {"Authorization": "Bearer swk_000000000000_x"}
    async with make_api.client(headers=wrong) as client:
        assert (await client.get("/api/v1/incidents")).status_code == 401


async def test_the_key_of_the_settings_is_an_admins_beside_the_made_ones(make_api, key_for):
    headers = await key_for("read")
    options = {"listen": "0.0.0.0:8900", "key": "of the settings"}
    async with make_api.client(**options) as client:
        for sent, status in ((headers, 403), ({"X-API-Key": "of the settings"}, 200), ({}, 401)):
            assert (await client.get("/api/v1/keys", headers=sent)).status_code == status


async def test_what_people_do_to_incidents_is_in_the_audit_log(make_api, key_for, filled, store):
    async with make_api.client(require_key=True, headers=await key_for("admin")) as client:
        url = "/api/v1/incidents/i1"
        await client.patch(url, json={"status": "acknowledged", "owner": "ada"})
        await client.patch(url, json={"note": "a private word"})
        await client.patch(url, json={"status": "resolved"})
        items = (await client.get("/api/v1/audit?limit=3")).json()["items"]
        verdict = (await client.get("/api/v1/audit/verify")).json()
        noted = await client.get(f"/api/v1/audit/verify?expect={items[-1]['hash']}")
        other = await client.get("/api/v1/audit/verify?expect=0")
    told = [(e["action"], e["subject"], e["by"], e["details"]["before"]) for e in items[::-1]]
    assert told == [
        ("incident.acknowledge", "i1", "key admin", "open"),
        ("incident.annotate", "i1", "key admin", "acknowledged"),
        ("incident.resolve", "i1", "key admin", "acknowledged"),
    ]
    assert "private" not in str(items)
    assert verdict == {"entries": 4, "head": items[0]["hash"], "broken": None, "holds": True}
    assert (noted.json()["holds"], other.json()["holds"]) == (True, False)
    assert first_broken((await store.audit(limit=9))[::-1]) is None


async def test_a_key_that_calls_too_often_is_told_when_to_come_again(make_api, key_for):
    often, seldom = await key_for("read"), await key_for("operate")
    async with make_api.client(require_key=True, key="own", rate_limit=0.001) as client:
        answers = [await client.get("/api/v1/policy", headers=often) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 429, 429]
        assert 900 < int(answers[1].headers["retry-after"]) <= 1_000
        assert answers[1].json()["status"] == 429
        assert (await client.get("/api/v1/policy", headers=seldom)).status_code == 200
        own = [await client.get("/api/v1/policy", headers={"X-API-Key": "own"}) for _ in range(3)]
        assert {each.status_code for each in own} == {200}


class Away:
    """A store that does not answer, or has no room left."""

    async def take(self, name, *, rate, most):
        raise StoreError("OOM command not allowed")


async def test_while_the_store_cannot_count_each_process_does():
    now = 0.0
    limits = [RateLimit(Away(), 10.0, burst=2.0, clock=lambda: now) for _ in range(2)]
    for limit in limits:
        assert [await limit.wait("k") for _ in range(20)] == [0.0] * 20
        assert await limit.wait("k") == pytest.approx(0.1)
    now = 0.1
    assert await limits[0].wait("k") == 0.0
    assert await limits[0].wait("k") > 0.0


async def test_without_a_limit_nothing_is_counted():
    limit = RateLimit(Away(), 0.0)
    assert [await limit.wait("k") for _ in range(1_000)] == [0.0] * 1_000


async def test_a_key_may_not_call_more_often_by_calling_several_processes(make_api, key_for):
    headers = await key_for("read")
    statuses = []
    for _ in range(2):
        async with make_api.client(require_key=True, rate_limit=0.001) as client:
            answers = [await client.get("/api/v1/policy", headers=headers) for _ in range(2)]
            statuses.append([each.status_code for each in answers])
    assert statuses == [[200, 429], [429, 429]]


async def test_without_the_store_no_made_key_opens(make_api, key_for, store):
    headers = await key_for("admin")
    app_client = make_api.client(require_key=True, headers=headers)

    async def away(_):
        raise StoreError("the store is away")

    store.get_key = away
    async with app_client as client:
        answer = await client.get("/api/v1/policy")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("wrong", [{}, {"tenant": ""}, {"tenent": "acme"}])
async def test_an_erasure_of_nobody_is_refused(client, wrong):
    assert (await client.post("/api/v1/erasures", json=wrong)).status_code == 422


async def test_an_admin_erases_a_tenant_and_nobody_finds_it_afterwards(make_api, key_for, store):
    await fill(store)
    async with make_api.client(require_key=True, headers=await key_for("admin")) as client:
        answer = await client.post("/api/v1/erasures", json={"tenant": "globex", "by": "ada"})
        assert answer.status_code == 200, answer.text
        done = answer.json()
        assert (done["erased"]["exchanges"], done["erased"]["incidents"]) == (1, 1)
        assert done["left"] == {"exchanges": 0, "incidents": 0}
        for path in ("incidents/theirs", "incidents/theirs/bundle", "exchanges/theirs"):
            assert (await client.get(f"/api/v1/{path}")).status_code == 404
        assert "globex" not in (await client.get("/api/v1/incidents")).text
        (entry, *_) = (await client.get("/api/v1/audit")).json()["items"]
    assert (entry["hash"], entry["by"]) == (done["entry"], "ada (key admin)")
