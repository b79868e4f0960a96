"""What is normal changes only with an entry in the audit log."""

import pytest
from baselines import make_baseline

from monitor.access.audit import first_broken
from monitor.baselines import promoting
from monitor.baselines.keeping import BaselineNotFoundError, keep
from monitor.baselines.promoting import Change
from monitor.baselines.traffic import Traffic
from monitor.store.base import ConflictError

BY_ADA = Change(by="ada", at=1_000.0, note="a new template")


@pytest.fixture
async def kept(store):
    for seed in (1, 2):
        await keep(store, make_baseline(seed=seed))
    return store


async def told(store):
    entries = (await store.audit(limit=100))[::-1]
    assert first_broken(entries) is None
    return [
        (e.by, e.action, e.subject, e.details.get("model", ""), e.details.get("before", ""))
        for e in entries
    ]


async def test_a_promotion_tells_who_and_from_which_to_which(kept):
    await promoting.promote(kept, "chat@1", traffic=Traffic("m"), change=BY_ADA)
    record = await promoting.promote(kept, "chat", traffic=Traffic("m"), change=BY_ADA)
    assert (record.name, record.used_by) == ("chat@2", ["m"])
    assert await told(kept) == [
        ("ada", "baseline.promote", "chat@1", "m", ""),
        ("ada", "baseline.promote", "chat@2", "m", "chat@1"),
    ]
    assert {e.details["note"] for e in await kept.audit(limit=9)} == {"a new template"}


async def test_what_replaces_a_provisional_baseline_tells_so(kept):
    await kept.promote_baseline("chat@1", model="m", provisional=True)
    await promoting.promote(kept, "chat@2", traffic=Traffic("m"), change=BY_ADA)
    assert await told(kept) == [("ada", "baseline.promote", "chat@2", "m", "chat@1")]


async def test_undoing_is_a_change_too(kept):
    for name in ("chat@1", "chat@2"):
        await promoting.promote(kept, name, traffic=Traffic(), change=BY_ADA)
    record = await promoting.undo(kept, traffic=Traffic(), change=BY_ADA)
    assert (record.name, record.used_by) == ("chat@1", [""])
    assert (await told(kept))[-1] == ("ada", "baseline.undo", "chat@1", "", "chat@2")


async def test_what_fails_leaves_no_entry(kept):
    await promoting.promote(kept, "chat@2", traffic=Traffic(), change=BY_ADA)
    before = await told(kept)
    with pytest.raises(BaselineNotFoundError):
        await promoting.promote(kept, "other", traffic=Traffic(), change=BY_ADA)
    with pytest.raises(ConflictError):
        await promoting.undo(kept, traffic=Traffic("m"), change=BY_ADA)
    with pytest.raises(ConflictError, match="in use"):
        await promoting.delete(kept, "chat@2", change=BY_ADA)
    assert await told(kept) == before


async def test_of_several_versions_the_one_to_delete_is_named(kept):
    with pytest.raises(ConflictError, match="several versions"):
        await promoting.delete(kept, "chat", change=BY_ADA)
    await promoting.delete(kept, "chat@2", change=BY_ADA)
    await promoting.delete(kept, "chat", change=BY_ADA)
    assert await kept.baselines() == []
    assert [entry[2] for entry in await told(kept)] == ["chat@2", "chat@1"]


async def test_a_tenants_own_baseline_comes_and_goes_besides_the_whole(kept):
    acme = Traffic("m", tenant="acme")
    await promoting.promote(kept, "chat@1", traffic=Traffic("m"), change=BY_ADA)
    record = await promoting.promote(kept, "chat@2", traffic=acme, change=BY_ADA)
    assert (record.used_by, record.used_for) == ([], [acme])
    assert await promoting.in_use(kept, Traffic("m")) == "chat@1"
    assert await promoting.undo(kept, traffic=acme, change=BY_ADA) is None
    assert await promoting.in_use(kept, acme) == ""
    taken_back = (await kept.audit(limit=1))[0]
    assert (taken_back.subject, taken_back.details["tenant"]) == ("chat@2", "acme")
