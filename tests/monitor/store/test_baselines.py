from dataclasses import replace

import pytest

from monitor.baselines.traffic import Traffic
from monitor.store.base import BaselineRecord, ConflictError, Standing, Store, StoreError


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
    assert await store.get_baseline("a") == (replace(record("a"), active=True, used_by=["m"]), b"1")
    await store.promote_baseline("b", model="m")
    assert {each.name: each.active for each in await store.baselines()} == {"a": False, "b": True}


async def test_an_unknown_baseline_is_not_promoted(store: Store):
    with pytest.raises(StoreError, match="nothing"):
        await store.promote_baseline("nothing", model="")


@pytest.fixture
async def abc(store: Store):
    """Three baselines, none of them in use."""
    for name in "abc":
        await store.put_baseline(replace(record(name), provisional=name == "c"), name.encode())
    return store


async def promoted(store, *names, model="m"):
    for name in names:
        await store.promote_baseline(name, model=model)


async def test_a_promotion_is_undone_step_by_step(abc: Store):
    await promoted(abc, "a", "b", "c", "c")
    assert await abc.undo_promotion("m") == "b"
    assert await abc.undo_promotion("m") == "a"
    assert await abc.active_baseline("m") == "a"
    with pytest.raises(ConflictError):
        await abc.undo_promotion("m")
    assert await abc.active_baseline("m") == "a"


async def test_a_model_goes_back_to_the_general_baseline(abc: Store):
    await promoted(abc, "a", model="")
    await promoted(abc, "b")
    assert await abc.undo_promotion("m") == "a"
    assert await abc.active_baseline("m") == "a"


async def test_a_promotion_is_not_undone_to_a_baseline_that_is_gone(abc: Store):
    await promoted(abc, "a", "b")
    await abc.delete_baseline("a")
    with pytest.raises(ConflictError):
        await abc.undo_promotion("m")
    assert await abc.active_baseline("m") == "b"


async def test_a_provisional_baseline_counts_only_until_one_is_promoted(abc: Store):
    await abc.promote_baseline("c", model="m", provisional=True)
    assert await abc.active_baseline("m") == "c"
    assert await abc.standing_baselines("m") == Standing(None, "c")
    await promoted(abc, "a", model="")
    assert await abc.standing_baselines("m") == Standing("a", "c")
    assert await abc.active_baseline("m") == "a"
    await promoted(abc, "b")
    assert await abc.standing_baselines("m") == Standing("b", "c")


async def test_undoing_the_first_promotion_brings_the_provisional_baseline_back(abc: Store):
    await abc.promote_baseline("c", model="m", provisional=True)
    await promoted(abc, "b")
    assert await abc.undo_promotion("m") == "c"
    assert await abc.active_baseline("m") == "c"


async def test_who_uses_a_baseline_is_told_and_what_is_still_provisional(abc: Store):
    async def told():
        return {each.name: (each.used_by, each.provisional) for each in await abc.baselines()}

    await abc.promote_baseline("c", model="m", provisional=True)
    assert await told() == {"a": ([], False), "b": ([], False), "c": (["m"], True)}
    await promoted(abc, "a", model="")
    await promoted(abc, "b", model="n")
    assert await told() == {"a": ([""], False), "b": (["n"], False), "c": ([], True)}
    await promoted(abc, "c")
    assert (await told())["c"] == (["m"], False)


async def test_a_baseline_in_use_is_not_deleted(abc: Store):
    await promoted(abc, "a")
    await abc.promote_baseline("c", model="n", provisional=True)
    for name in "ac":
        with pytest.raises(ConflictError, match="in use"):
            await abc.delete_baseline(name)
    await abc.delete_baseline("b")
    assert await abc.get_baseline("b") is None
    assert [each.name for each in await abc.baselines()] == ["a", "c"]
    with pytest.raises(StoreError, match="no baseline"):
        await abc.delete_baseline("b")


async def test_a_provisional_baseline_that_nobody_uses_is_deleted_and_forgotten(abc: Store):
    await abc.promote_baseline("c", model="m", provisional=True)
    await promoted(abc, "a", model="")
    await abc.delete_baseline("c")
    assert await abc.standing_baselines("m") == Standing("a", None)


async def test_a_part_of_the_traffic_has_a_baseline_besides_the_models(abc: Store):
    acme = Traffic("m", tenant="acme")
    await promoted(abc, "a")
    await promoted(abc, "b", "c", model=acme.key)
    assert await abc.narrow_baselines() == {acme: "c"}
    assert await abc.active_baseline("m") == "a"
    found = {
        each.name: (each.active, each.used_by, each.used_for) for each in await abc.baselines()
    }
    assert found == {"a": (True, ["m"], []), "b": (False, [], []), "c": (True, [], [acme])}
    with pytest.raises(ConflictError):
        await abc.delete_baseline("c")


async def test_the_first_baseline_of_a_part_is_taken_back_to_none(abc: Store):
    chat = Traffic("", route="/v1/chat/completions")
    await promoted(abc, "a", model="")
    await promoted(abc, "b", "c", model=chat.key)
    assert await abc.undo_promotion(chat.key) == "b"
    assert await abc.undo_promotion(chat.key) == ""
    assert await abc.narrow_baselines() == {}
    with pytest.raises(ConflictError):
        await abc.undo_promotion(chat.key)
    assert await abc.active_baseline("m") == "a"
