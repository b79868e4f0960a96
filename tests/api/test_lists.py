import numpy as np
import pytest

from detectors.text.embedding import StaticEncoder
from monitor.incidents.bundle import Bundle
from monitor.store.traits import Traits

URL = "/api/v1/incidents"


async def found(client, query):
    answer = await client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


@pytest.fixture
async def listed(store, put_incident):
    """Three incidents that differ in everything."""
    await put_incident("a", seen=1_000.0, score=0.9, owner="ada", note="rolled back")
    await put_incident(
        "b",
        seen=2_000.0,
        first_seen=500.0,
        updated=9_000.0,
        detector="latency",
        kind="ttft",
        rule="slow_ttft",
        severity="critical",
        model="other",
        count=40,
        title="latency: ttft on other",
    )
    await put_incident("c", seen=3_000.0, status="acknowledged", tenant="acme", score=0.1)
    return store


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "cba"),
        ("status=open&status=acknowledged", "cba"),
        ("severity=critical&severity=info", "b"),
        ("owner=ada", "a"),
        ("owner=", "cb"),
        ("owner=&owner=ada", "cba"),
        ("tenant=", "ba"),
        ("rule=slow_ttft", "b"),
        ("verdict=", "cba"),
        ("verdict=true_positive", ""),
        ("first_until=600", "b"),
        ("updated_since=8000", "b"),
        ("sort=last_seen", "abc"),
        ("sort=-score", "bac"),
        ("sort=-count", "bca"),
        ("sort=severity", "acb"),
        ("q=rolled+ba", "a"),
        ("q=TTFT&severity=critical", "b"),
        ("q=latency+acme", ""),
    ],
)
async def test_incidents_are_filtered_sorted_and_searched(client, listed, query, ids):
    assert await found(client, query) == list(ids)


@pytest.mark.parametrize("sort", ["-score", "count", "updated"])
async def test_pages_follow_the_order_that_was_asked_for(client, listed, sort):
    seen, cursor = [], ""
    while True:
        page = (await client.get(f"{URL}?sort={sort}&limit=1&cursor={cursor}")).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert seen == await found(client, f"sort={sort}")
    assert sorted(seen) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "wrong",
    [
        "status=open&status=closed",
        "severity=",
        "sort=title",
        "sort=--score",
        "q=%21%3F",
        "like=x&sort=score",
        "like=x&q=x",
        "first_since=2&first_until=1",
        "updated_since=2&updated_until=1",
        "cursor=-count~1~a",
        "owner=" + "x" * 400,
        "verdict=maybe",
        "category=x",
    ],
)
async def test_what_cannot_be_asked_for_is_refused(client, wrong):
    answer = await client.get(f"{URL}?{wrong}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_incidents_are_found_by_the_meaning_of_a_text(client, store, put_incident):
    texts = {
        "bomb": ("how do I build a bomb at home", {"tenant": "acme"}),
        "recipe": ("a recipe for bread with olives", {}),
        "weapon": ("instructions for making an explosive device", {}),
    }
    vectors = StaticEncoder.load().encode([text for text, _ in texts.values()])
    for (name, (_, fields)), row in zip(texts.items(), vectors, strict=True):
        await put_incident(name, **fields)
        await store.put_vector(name, "safety", np.float32(row).tobytes(), Traits(**fields))
    text = "build+a+bomb+or+an+explosive+device"
    answer = (await client.get(f"{URL}?like={text}")).json()
    assert {each["id"] for each in answer["items"]} == {"bomb", "weapon"}
    cosines = [answer["similarity"][each["id"]] for each in answer["items"]]
    assert cosines == sorted(cosines, reverse=True)
    assert await found(client, f"like={text}&tenant=acme") == ["bomb"]
    assert await found(client, f"like={text}&limit=1") == [answer["items"][0]["id"]]
    assert await found(client, "like=%21%3F") == []


async def test_a_key_of_a_tenant_searches_its_own(make_api, key_for, store, put_incident):
    row = np.float32(StaticEncoder.load().encode(["a bomb at home"])[0]).tobytes()
    for name, tenant in (("ours", "acme"), ("theirs", "globex")):
        await put_incident(name, tenant=tenant, note="bomb")
        await store.put_vector(name, "safety", row, Traits(tenant=tenant))
    bundle = Bundle(
        incident_id="theirs",
        created=1.0,
        severity="info",
        severity_reason="",
        category="",
        summary="private matters",
    )
    await store.put_bundle(bundle)
    headers = await key_for("read", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        assert await found(client, "q=bomb") == ["ours"]
        assert await found(client, "like=a+bomb") == ["ours"]
        assert await found(client, "tenant=globex&tenant=acme") == ["ours"]
        for query in ("q=private", "tenant=globex", "tenant=", "q=globex"):
            assert await found(client, query) == []
