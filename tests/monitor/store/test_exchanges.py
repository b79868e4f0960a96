import msgspec
import pytest

from monitor.store.base import Store

LONG = 3_600.0


async def test_a_record_comes_back_by_its_id(store: Store):
    await store.put_exchanges([("a", 1.0, b"\x00a"), ("b", 2.0, b"b")], ttl=LONG)
    assert await store.get_exchange("a") == b"\x00a"
    assert await store.get_exchange("c") is None


async def test_the_same_id_overwrites(store: Store):
    await store.put_exchanges([("a", 1.0, b"stalled")], ttl=LONG)
    await store.put_exchanges([("a", 5.0, b"done")], ttl=LONG)
    assert await store.get_exchange("a") == b"done"
    assert await store.exchanges(since=0.0, until=9.0, limit=9) == [b"done"]
    assert await store.exchanges(since=0.0, until=4.0, limit=9) == []


async def test_a_notice_gives_way_to_the_finished_exchange(store: Store):
    await store.put_notices([("a", 1.0, b"silent")], ttl=LONG)
    assert await store.get_exchange("a") == b"silent"
    await store.put_exchanges([("a", 1.0, b"done")], ttl=LONG)
    assert await store.exchanges(since=0.0, until=9.0, limit=9) == [b"done"]


async def test_a_notice_that_comes_late_does_not_overwrite_the_finished_exchange(store: Store):
    await store.put_notices([("a", 1.0, b"silent")], ttl=LONG)
    await store.put_exchanges([("a", 1.0, b"done"), ("b", 2.0, b"done too")], ttl=LONG)
    await store.put_notices([("a", 1.0, b"silent"), ("b", 2.0, b"silent")], ttl=LONG)
    assert await store.exchanges(since=0.0, until=9.0, limit=9) == [b"done", b"done too"]


async def test_a_notice_is_overwritten_by_the_next_one(store: Store):
    await store.put_notices([("a", 1.0, b"silent")], ttl=LONG)
    await store.put_notices([("a", 1.0, b"still silent")], ttl=LONG)
    assert await store.get_exchange("a") == b"still silent"


async def test_a_range_is_oldest_first_and_includes_both_ends(store: Store):
    records = [(str(n), float(n), str(n).encode()) for n in (3, 1, 4, 2, 0)]
    await store.put_exchanges(records, ttl=LONG)
    assert await store.exchanges(since=1.0, until=3.0, limit=9) == [b"1", b"2", b"3"]
    assert await store.exchanges(since=1.0, until=3.0, limit=2) == [b"1", b"2"]


async def test_a_range_may_be_unbounded(store: Store):
    await store.put_exchanges([("a", 1.0, b"a")], ttl=LONG)
    found = await store.exchanges(since=float("-inf"), until=float("inf"), limit=9)
    assert found == [b"a"]


async def test_more_records_than_one_call_carries_are_all_found(store: Store):
    records = [(str(n), float(n), b"%d" % n) for n in range(2_500)]
    await store.put_exchanges(records, ttl=LONG)
    found = await store.exchanges(since=0.0, until=1e9, limit=10_000)
    assert found == [data for _, _, data in records]


async def test_no_records_are_no_call(store: Store):
    await store.put_exchanges([], ttl=LONG)
    assert await store.exchanges(since=0.0, until=9.0, limit=9) == []


async def test_what_has_expired_is_neither_found_nor_in_the_way(store: Store):
    await store.put_exchanges([(str(n), float(n), b"gone") for n in range(1_500)], ttl=0.001)
    while await store.get_exchange("1499") is not None:
        pass
    await store.put_exchanges([("kept", 5_000.0, b"kept")], ttl=LONG)
    assert await store.get_exchange("0") is None
    assert await store.exchanges(since=0.0, until=9_000.0, limit=1) == [b"kept"]


async def test_totals_add_up(store: Store):
    assert await store.counts() == {}
    await store.add_counts({"scored": 2, "flagged": 1})
    await store.add_counts({"scored": 3})
    await store.add_counts({})
    assert await store.counts() == {"scored": 5, "flagged": 1}


async def test_an_open_store_answers(store: Store):
    await store.ping()


async def test_a_closed_store_does_not_answer(store: Store):
    await store.close()
    with pytest.raises(Exception, match="closed"):
        await store.ping()


async def test_every_record_of_a_range_is_walked_once(store: Store):
    records = [(str(n), float(n // 700), b"%d" % n) for n in range(1_500)]
    await store.put_exchanges(records, ttl=LONG)
    walked = [data async for data in store.walk_exchanges(since=0.0, until=1.0)]
    assert sorted(walked) == sorted(data for _, at, data in records if at <= 1.0)


def of_tenant(name, tenant):
    return msgspec.json.encode({"exchange": {"id": name, "tenant": tenant}})


async def test_the_records_of_a_tenant_are_found_among_many_of_others(store: Store):
    tenants = {n: "small" if n % 300 == 7 else "big" for n in range(1_200)}
    records = {n: of_tenant(str(n), tenant) for n, tenant in tenants.items()}
    await store.put_exchanges([(str(n), float(n), data) for n, data in records.items()], ttl=LONG)
    await store.put_notices([("notice", 1_000.5, of_tenant("notice", "small"))], ttl=LONG)

    async def found(since=0.0, until=2_000.0, limit=9, tenant="small"):
        return await store.exchanges(since=since, until=until, limit=limit, tenant=tenant)

    mine = [records[7], records[307], records[607], records[907], of_tenant("notice", "small")]
    assert await found() == mine
    assert await found(limit=2) == mine[:2]
    assert await found(since=307.0, until=607.0) == mine[1:3]
    assert await found(tenant="nobody") == []
    assert len(await found(tenant="big", limit=2_000)) == 1_196
    assert await store.delete_exchanges(["307", "notice"]) == 2
    assert await found() == [records[7], records[607], records[907]]


async def test_an_exchange_is_of_the_tenant_that_its_record_names(store: Store):
    for tenant in ("one", "two"):
        await store.put_exchanges([("a", 1.0, of_tenant("a", tenant))], ttl=LONG)
    assert await store.exchanges(since=0.0, until=9.0, limit=9, tenant="one") == []
    assert len(await store.exchanges(since=0.0, until=9.0, limit=9, tenant="two")) == 1
