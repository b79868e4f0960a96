import pytest

from monitor.labels.label import verdict_of

URL = "/api/v1/incidents/bulk"


@pytest.fixture
async def several(store, put_incident):
    """Three open incidents, one of another model, and one that is resolved."""
    await put_incident("a", seen=1.0)
    await put_incident("b", seen=2.0)
    await put_incident("c", seen=3.0, model="other")
    await put_incident("done", seen=4.0, status="resolved")
    return store


async def told(client, **asked):
    answer = await client.post(URL, json=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["changed"] == sum(item["status"] == 200 for item in body["items"])
    return [(item["id"], item["status"]) for item in body["items"]]


async def test_each_incident_has_its_own_result(client, several):
    found = await told(
        client, ids=["b", "done", "a", "nobody", "b"], status="acknowledged", owner="ada"
    )
    assert found == [("b", 200), ("done", 409), ("a", 200), ("nobody", 404)]
    kept = [await several.get_incident(name) for name in ("a", "b", "c", "done")]
    assert [(each.status, each.owner) for each in kept] == [
        ("acknowledged", "ada"),
        ("acknowledged", "ada"),
        ("open", ""),
        ("resolved", ""),
    ]


async def test_all_that_a_filter_finds_are_changed_once_their_number_is_confirmed(client, several):
    asked = {"filter": {"status": ["open"], "model": ["m"]}, "status": "resolved", "note": "over"}
    for wrong in (0, 1, 3):
        answer = await client.post(URL, json={**asked, "confirm": wrong})
        assert answer.status_code == 409
        assert "2 incidents" in answer.json()["detail"]
    assert (await several.get_incident("a")).status == "open"
    assert await told(client, **asked, confirm=2) == [("b", 200), ("a", 200)]
    assert (await several.get_incident("a")).note == "over"
    assert (await several.get_incident("c")).status == "open"


async def test_one_that_has_changed_since_it_was_read_is_left(client, several):
    await client.patch("/api/v1/incidents/a", json={"note": "meanwhile"})
    for change in ({"status": "resolved"}, {"verdict": "true_positive"}):
        before = await several.get_incident("a")
        versions = {"a": 1, "b": (await several.get_incident("b")).version}
        assert await told(client, ids=["a", "b"], versions=versions, **change) == [
            ("a", 412),
            ("b", 200),
        ]
        assert await several.get_incident("a") == before


async def test_many_are_labelled_at_once(client, several):
    found = await told(client, ids=["a", "c", "x"], verdict="false_positive", reason="a test")
    assert found == [("a", 200), ("c", 200), ("x", 404)]
    labels = await several.labels_of("c")
    assert (verdict_of(labels), labels[0].reason) == ("false_positive", "a test")
    assert (await several.get_incident("c")).verdict == "false_positive"
    answer = await client.post(URL, json={"ids": ["a"], "verdict": "true_positive", "owner": "ada"})
    (item,) = answer.json()["items"]
    kept = await several.get_incident("a")
    assert (kept.verdict, kept.owner, kept.version) == ("true_positive", "ada", item["version"])


async def test_every_change_is_in_the_audit_log(client, several):
    await told(client, ids=["a", "b", "done"], status="acknowledged", by="ada")
    entries = [(each.action, each.subject, each.by) for each in await several.audit(limit=9)]
    assert sorted(entries) == [
        ("incident.acknowledge", "a", "ada"),
        ("incident.acknowledge", "b", "ada"),
    ]


async def test_another_tenants_are_as_if_there_were_none(make_api, key_for, store, put_incident):
    await put_incident("ours", tenant="acme")
    await put_incident("theirs", tenant="globex")
    headers = await key_for("operate", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        found = await told(client, ids=["theirs", "ours"], owner="ada", verdict="true_positive")
        assert found == [("theirs", 404), ("ours", 200)]
        found = await told(client, filter={}, confirm=1, status="resolved")
        assert found == [("ours", 200)]
        found = await told(client, filter={"tenant": ["globex"]}, confirm=0, status="resolved")
        assert found == []
    theirs = await store.get_incident("theirs")
    assert (theirs.status, theirs.owner, theirs.version) == ("open", "", 1)
    assert await store.labels_of("theirs") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"ids": ["a"]},
        {"ids": [], "status": "resolved"},
        {"ids": ["a"] * 501, "status": "resolved"},
        {"ids": ["a"], "filter": {}, "confirm": 1, "status": "resolved"},
        {"filter": {}, "status": "resolved"},
        {"ids": ["a"], "confirm": 1, "status": "resolved"},
        {"ids": ["a"], "status": "closed"},
        {"filter": {"stauts": ["open"]}, "confirm": 1, "status": "resolved"},
        {"filter": {}, "confirm": 501, "status": "resolved"},
    ],
)
async def test_what_is_not_a_change_of_many_is_refused(client, wrong):
    answer = await client.post(URL, json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]
