from dataclasses import replace

import pytest

from monitor.store.base import BaselineRecord, ConflictError, Store, StoreError


def record(name="b1", created=1.0):
    return BaselineRecord(
        name=name, created=created, size=500, encoder="static-256", details={"channels": ["ttft"]}
    )


async def test_a_baseline_comes_back_as_it_was_put(store: Store):
    assert await store.get_baseline("b1") is None
    await store.put_baseline(record(), b"\x00data")
    assert await store.get_baseline("b1") == (record(), b"\x00data")


async def test_a_name_never_changes_its_data(store: Store):
    await store.put_baseline(record(), b"data")
    with pytest.raises(ConflictError, match="b1"):
        await store.put_baseline(record(), b"other")
    await store.put_baseline(record(created=9.0), b"data")
    assert await store.get_baseline("b1") == (record(), b"data")


async def test_the_list_is_newest_first(store: Store):
    assert await store.baselines() == []
    for name, created in (("a", 2.0), ("b", 3.0), ("c", 1.0)):
        await store.put_baseline(record(name, created), b"data")
    assert [each.name for each in await store.baselines()] == ["b", "a", "c"]


async def test_a_model_without_its_own_baseline_has_the_general_one(store: Store):
    await store.put_baseline(record("general"), b"1")
    await store.put_baseline(record("own"), b"2")
    assert await store.active_baseline("m") is None
    await store.promote_baseline("general", model="")
    await store.promote_baseline("own", model="m")
    assert await store.active_baseline("m") == "own"
    assert await store.active_baseline("other") == "general"


async def test_what_is_active_is_marked(store: Store):
    await store.put_baseline(record("a"), b"1")
    await store.put_baseline(record("b"), b"2")
    await store.promote_baseline("a", model="m")
    assert {each.name: each.active for each in await store.baselines()} == {"a": True, "b": False}
    assert await store.get_baseline("a") == (replace(record("a"), active=True), b"1")
    await store.promote_baseline("b", model="m")
    assert {each.name: each.active for each in await store.baselines()} == {"a": False, "b": True}


async def test_an_unknown_baseline_is_not_promoted(store: Store):
    with pytest.raises(StoreError, match="nothing"):
        await store.promote_baseline("nothing", model="")
