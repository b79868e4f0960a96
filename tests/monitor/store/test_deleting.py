import numpy as np

from monitor.incidents.bundle import Bundle
from monitor.labels.label import IncidentLabel
from monitor.store.base import IncidentQuery, Store

LONG = 3_600.0
ROOM = 1 << 20


def vector(*numbers):
    return np.float32(numbers).tobytes()


async def test_deleted_exchanges_are_in_no_list(store: Store):
    await store.put_exchanges([(str(n), float(n), b"%d" % n) for n in range(1_200)], ttl=LONG)
    gone = [str(n) for n in range(0, 1_200, 2)]
    assert await store.delete_exchanges([*gone, "nobody"]) == 600
    assert await store.delete_exchanges(gone) == 0
    assert await store.get_exchange("2") is None
    left = await store.exchanges(since=0.0, until=1e9, limit=2_000)
    assert left == [b"%d" % n for n in range(1, 1_200, 2)]


async def test_a_deleted_incident_is_in_no_list_and_no_number(store: Store, make_incident):
    for name in ("a", "b"):
        incident = make_incident(name, fingerprint=f"f-{name}", tenant="acme")
        await store.save_incident(incident, expected_version=0)
    assert await store.delete_incident("a") is True
    assert await store.delete_incident("a") is False
    assert await store.get_incident("a") is None
    assert await store.latest_incident("f-a") is None
    for query in (IncidentQuery(), IncidentQuery(tenant="acme"), IncidentQuery(status="open")):
        assert [each.id for each in (await store.incidents(query)).items] == ["b"]
    assert sum((await store.count_incidents()).values()) == 1


async def test_a_deleted_incidents_id_may_be_new_again(store: Store, make_incident):
    await store.save_incident(make_incident("a"), expected_version=0)
    await store.delete_incident("a")
    assert await store.save_incident(make_incident("a"), expected_version=0)
    assert sum((await store.count_incidents()).values()) == 1


async def test_bundles_reports_and_labels_are_deleted(store: Store):
    bundle = Bundle(
        incident_id="a", created=1.0, severity="info", severity_reason="", category="", summary=""
    )
    await store.put_bundle(bundle)
    await store.put_report("a", {"html": b"x"}, at=1.0, ttl=LONG, room=ROOM)
    for exchange in ("x1", "x2"):
        label = IncidentLabel(
            incident_id="a",
            verdict="true_positive",
            by="ada",
            at=1.0,
            exchange_id=exchange,
            detector="safety",
            kind="toxicity",
            rule="r",
            model="m",
        )
        await store.put_label(label)
    deleted = [
        [await store.delete_bundle("a"), await store.delete_report("a")],
        [await store.delete_bundle("a"), await store.delete_report("a")],
    ]
    assert deleted == [[True, True], [False, False]]
    assert await store.get_bundle("a") is None
    assert await store.get_report("a", "html") is None
    assert [await store.delete_labels("a") for _ in range(2)] == [2, 0]
    assert await store.labels_of("a") == []
    assert await store.labels(since=0.0, until=9.0, limit=9) == []


async def test_a_deleted_vector_is_found_by_no_search_and_the_others_are(store: Store):
    for name, row in (("a", (1, 0)), ("b", (0, 1)), ("a", (0.6, 0.8)), ("c", (0.8, 0.6))):
        await store.put_vector(name, "safety", vector(*row))
    found = await store.similar(vector(1, 0), detector="safety", limit=9)
    assert {name for name, _ in found} == {"a", "b", "c"}
    assert await store.delete_vector("a") is True
    assert await store.delete_vector("a") is False
    assert await store.get_vector("a") is None
    found = await store.similar(vector(1, 0), detector="safety", limit=9)
    assert [name for name, _ in found] == ["c", "b"]
    assert await store.get_vector("b") == vector(0, 1)
    await store.put_vector("a", "safety", vector(1, 0))
    found = await store.similar(vector(1, 0), detector="safety", limit=1)
    assert found == [("a", 1.0)]
