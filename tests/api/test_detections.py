import pytest

from monitor.incidents.detections import KeptDetection

URL = "/api/v1/detections"


@pytest.fixture
async def kept(store):
    """Four detections of two incidents, one of them of a tenant."""
    some = [
        KeptDetection(
            id=f"r:{name}",
            at=at,
            incident_id=incident,
            detector=detector,
            kind=kind,
            rule="r",
            severity="warning",
            score=0.9,
            threshold=0.5,
            model="m",
            exchange_id=name,
            tenant=tenant,
        )
        for name, at, incident, detector, kind, tenant in (
            ("a", 1.0, "i1", "safety", "self_harm", ""),
            ("b", 2.0, "i1", "safety", "self_harm", ""),
            ("c", 3.0, "i2", "latency", "ttft", "acme"),
            ("d", 4.0, "i3", "latency", "tpot", "globex"),
        )
    ]
    await store.put_detections(some, ttl=3_600.0, room=100)
    return store


async def found(client, query=""):
    answer = await client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.text
    return "".join(each["exchange_id"] for each in answer.json()["items"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "dcba"),
        ("sort=at", "abcd"),
        ("incident=i1", "ba"),
        ("incident=i1&incident=i2", "cba"),
        ("exchange=c", "c"),
        ("detector=latency", "dc"),
        ("kind=ttft&kind=self_harm", "cba"),
        ("model=m&rule=r&severity=warning", "dcba"),
        ("model=other", ""),
        ("tenant=acme", "c"),
        ("tenant=", "ba"),
        ("since=2&until=3", "cb"),
    ],
)
async def test_detections_are_filtered_and_sorted(client, kept, query, expected):
    assert await found(client, query) == expected


async def test_pages_follow_one_another(client, kept):
    first = (await client.get(f"{URL}?limit=3")).json()
    assert len(first["items"]) == 3
    assert await found(client, f"limit=3&cursor={first['cursor']}") == "a"
    assert (await client.get(f"{URL}?sort=at&cursor={first['cursor']}")).status_code == 422


async def test_a_key_of_a_tenant_sees_its_own_detections(make_api, key_for, kept):
    headers = await key_for("read", tenant="acme")
    async with make_api.client(require_key=True, headers=headers) as client:
        assert await found(client) == await found(client, "tenant=globex&tenant=acme") == "c"
        assert await found(client, "tenant=globex") == await found(client, "incident=i3") == ""


@pytest.mark.parametrize("wrong", ["detector=x", "kindd=x", "sort=score", "since=2&until=1"])
async def test_what_cannot_be_asked_for_is_refused(client, wrong):
    assert (await client.get(f"{URL}?{wrong}")).status_code == 422
