import asyncio

from monitor.labels.label import IncidentLabel
from monitor.store.base import Store


def label(incident="i1", *, at=1.0, exchange="x1", verdict="false_positive", **fields):
    return IncidentLabel(
        incident_id=incident, exchange_id=exchange, verdict=verdict, by="ada", at=at, **fields
    )


async def test_labels_come_back_as_they_were_given_oldest_first(store: Store):
    assert await store.labels_of("i1") == []
    first = label(scores={"prompt": {"hate": 0.5}}, reason="a quotation — „ü“", at=1.5)
    second = label(exchange="x2", verdict="true_positive", at=2.5)
    for each in (second, first, label("i2")):
        await store.put_label(each)
    assert await store.labels_of("i1") == [first, second]


async def test_a_later_label_on_the_same_exchange_replaces_the_first(store: Store):
    await store.put_label(label(at=1.0))
    await store.put_label(label(at=5.0, verdict="true_positive"))
    (kept,) = await store.labels_of("i1")
    assert (kept.verdict, kept.at) == ("true_positive", 5.0)
    assert await store.labels(since=0.0, until=4.0, limit=9) == []
    assert await store.labels(since=5.0, until=5.0, limit=9) == [kept]


async def test_the_labels_of_a_time_range_are_the_latest_first(store: Store):
    for n in range(5):
        await store.put_label(label(f"i{n % 2}", exchange=f"x{n}", at=float(n)))
    found = await store.labels(since=1.0, until=3.0, limit=9)
    assert [each.at for each in found] == [3.0, 2.0, 1.0]
    assert [each.at for each in await store.labels(since=0.0, until=9.0, limit=2)] == [4.0, 3.0]
    assert await store.labels(since=0.0, until=9.0, limit=0) == []


async def test_ids_of_any_form_are_told_apart(store: Store):
    for incident, exchange in (("a:b", "c"), ("a", "b:c"), ("a", ""), ('a"', "b c")):
        await store.put_label(label(incident, exchange=exchange))
    assert len(await store.labels(since=0.0, until=9.0, limit=9)) == 4
    assert [each.exchange_id for each in await store.labels_of("a:b")] == ["c"]


async def test_more_labels_than_one_call_carries_are_all_found(store: Store):
    await asyncio.gather(*(store.put_label(label(f"i{n}", at=float(n))) for n in range(1_203)))
    found = await store.labels(since=0.0, until=1e9, limit=10_000)
    assert [each.at for each in found] == [float(n) for n in reversed(range(1_203))]
