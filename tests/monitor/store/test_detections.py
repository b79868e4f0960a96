import asyncio
from dataclasses import replace

import pytest

from detectors.base import Evidence
from monitor.incidents.detections import DetectionQuery, KeptDetection
from monitor.store.base import Store, StoreError

LONG = 3_600.0
ROOM = 1_000
FILTERS = {
    "incident_id": ("i1", "i2"),
    "exchange_id": ("x1", ""),
    "detector": ("safety", "latency"),
    "kind": ("self_harm", "ttft"),
    "rule": ("r:1", "r"),
    "severity": ("info", "critical"),
    "model": ("m", "näme with spaces"),
    "route": ("/v1/chat/completions", ""),
    "tenant": ("", "acme"),
}


def detection(name, at=1.0, **fields):
    kept = KeptDetection(
        id=name,
        at=at,
        incident_id="i1",
        detector="safety",
        kind="self_harm",
        rule="safety.prompt.self_harm",
        severity="warning",
        score=0.93,
        threshold=0.5,
        model="m",
        exchange_id="x",
        evidence=[Evidence("phrase", "an excerpt", weight=0.7)],
    )
    return replace(kept, **fields)


async def ids(store, **query):
    return [each.id for each in (await store.detections(DetectionQuery(**query))).items]


async def test_a_detection_comes_back_as_it_was_kept(store: Store):
    kept = detection("r:x", 1_764_000_000.123456)
    await store.put_detections([kept], ttl=LONG, room=ROOM)
    assert (await store.detections(DetectionQuery())).items == [kept]


@pytest.mark.parametrize("field", FILTERS)
async def test_each_filter_lets_its_own_pass(store: Store, field):
    kept = [detection(f"d{value}", **{field: value}) for value in FILTERS[field]]
    await store.put_detections(kept, ttl=LONG, room=ROOM)
    for value in FILTERS[field]:
        assert await ids(store, **{field: (value,)}) == [f"d{value}"]
    assert len(await ids(store, **{field: FILTERS[field]})) == 2
    assert await ids(store, **{field: "nothing"}) == []


async def test_pages_of_a_time_range_join_in_both_orders(store: Store):
    kept = [detection(f"{n:03}", float(n // 3), tenant="ab"[n % 2]) for n in range(60)]
    await store.put_detections(kept, ttl=LONG, room=ROOM)
    wanted = [f"{n:03}" for n in range(6, 48) if n % 2]
    for sort, expected in (("at", wanted), ("-at", wanted[::-1])):
        found, cursor = [], ""
        while True:
            query = DetectionQuery(
                tenant="b", since=2.0, until=15.0, sort=sort, limit=4, cursor=cursor
            )
            page = await store.detections(query)
            found += [each.id for each in page.items]
            cursor = page.cursor
            if not cursor:
                break
        assert found == expected
    with pytest.raises(StoreError, match="cursor"):
        await ids(store, cursor="nonsense")


async def test_the_same_detection_again_takes_its_own_place(store: Store):
    await store.put_detections([detection("a", 1.0), detection("b", 2.0)], ttl=LONG, room=ROOM)
    await store.put_detections([detection("a", 3.0, incident_id="i2")], ttl=LONG, room=ROOM)
    assert await ids(store) == ["a", "b"]
    assert await ids(store, incident_id="i1") == ["b"]
    assert await ids(store, incident_id="i2") == ["a"]


async def test_only_the_latest_are_kept(store: Store):
    for start in range(0, 600, 100):
        kept = [detection(f"{n:03}", float(n), tenant="acme") for n in range(start, start + 100)]
        await store.put_detections(kept, ttl=LONG, room=250)
    expected = [f"{n:03}" for n in range(599, 349, -1)]
    assert await ids(store, limit=600) == await ids(store, limit=600, tenant="acme") == expected


async def test_what_has_had_its_time_is_let_go(store: Store):
    await store.put_detections([detection("short")], ttl=0.02, room=ROOM)
    await store.put_detections([detection("long")], ttl=LONG, room=ROOM)
    async with asyncio.timeout(30):
        while "short" in await ids(store):
            await store.put_detections([], ttl=LONG, room=ROOM)
    assert await ids(store) == await ids(store, detector="safety") == ["long"]


async def test_deleted_detections_are_in_no_list(store: Store):
    kept = [detection(f"{n}", incident_id=f"i{n % 2}") for n in range(6)]
    await store.put_detections(kept, ttl=LONG, room=ROOM)
    assert await store.delete_detections(["0", "2", "nobody", "2"]) == 2
    assert await store.delete_detections([]) == 0
    assert await ids(store, incident_id="i0") == ["4"]
    assert await ids(store, sort="at") == ["1", "3", "4", "5"]
