import asyncio

from monitor.markers.marker import Marker
from monitor.store.base import Store


def marker(name, at, **fields):
    return Marker(**({"id": name, "at": at, "kind": "deployment", "text": "„ü“"} | fields))


async def test_markers_of_a_time_range_come_latest_first(store: Store):
    first, second, third = (marker(name, at) for name, at in (("a", 1.0), ("b", 2.5), ("c", 3.0)))
    for each in (second, third, first):
        await store.put_marker(each)
    assert await store.markers(since=1.0, until=2.5, limit=9) == [second, first]
    assert await store.markers(since=0.0, until=9.0, limit=1) == [third]
    assert await store.markers(since=0.0, until=9.0, limit=0) == []
    assert await store.markers(since=4.0, until=9.0, limit=9) == []


async def test_a_marker_that_is_put_again_is_there_once(store: Store):
    await store.put_marker(marker("a", 1.0))
    moved = marker("a", 7.0, model="m", tenant="acme", version="v2", by="ada")
    await store.put_marker(moved)
    assert await store.markers(since=0.0, until=9.0, limit=9) == [moved]


async def test_the_oldest_markers_make_room(store: Store):
    many = (marker(f"{number:05}", float(number)) for number in range(2_003))
    await asyncio.gather(*map(store.put_marker, many))
    await store.put_marker(marker("too old", 1.5))
    kept = await store.markers(since=0.0, until=1e9, limit=9_999)
    assert [each.at for each in kept] == [float(number) for number in range(2_002, 2, -1)]
