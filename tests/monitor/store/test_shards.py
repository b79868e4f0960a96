import pytest

from monitor.store.base import Lease, LeaseLostError, Store

LONG = 3_600.0


async def test_a_shard_has_one_owner(store: Store):
    first = await store.acquire(0, "a", ttl=LONG)
    assert first
    assert await store.acquire(0, "b", ttl=LONG) is None
    assert (await store.acquire(1, "b", ttl=LONG)).owner == "b"


async def test_an_owner_renews_its_lease(store: Store):
    first = await store.acquire(0, "a", ttl=LONG)
    assert await store.acquire(0, "a", ttl=LONG) == first


async def test_a_released_shard_goes_to_the_next_with_a_larger_token(store: Store):
    first = await store.acquire(0, "a", ttl=LONG)
    await store.release(first)
    second = await store.acquire(0, "b", ttl=LONG)
    assert second.token > first.token


async def test_a_lease_that_is_lost_releases_nothing(store: Store):
    first = await store.acquire(0, "a", ttl=LONG)
    await store.release(first)
    second = await store.acquire(0, "b", ttl=LONG)
    await store.release(first)
    assert await store.acquire(0, "b", ttl=LONG) == second


async def test_the_owner_saves_its_checkpoint(store: Store):
    assert await store.load_checkpoint(0) is None
    lease = await store.acquire(0, "a", ttl=LONG)
    await store.save_checkpoint(lease, position="1-0", state=b"\x00first")
    await store.save_checkpoint(lease, position="2-0", state=b"second")
    assert await store.load_checkpoint(0) == ("2-0", b"second")
    assert await store.load_checkpoint(1) is None


async def test_an_owner_that_lost_its_lease_writes_nothing(store: Store):
    first = await store.acquire(0, "a", ttl=LONG)
    await store.save_checkpoint(first, position="1-0", state=b"first")
    await store.release(first)
    with pytest.raises(LeaseLostError):
        await store.save_checkpoint(first, position="2-0", state=b"nobody's")
    await store.acquire(0, "a", ttl=LONG)
    with pytest.raises(LeaseLostError):
        await store.save_checkpoint(first, position="2-0", state=b"same owner, new lease")
    assert await store.load_checkpoint(0) == ("1-0", b"first")


async def test_a_made_up_lease_writes_nothing(store: Store):
    with pytest.raises(LeaseLostError):
        await store.save_checkpoint(Lease(0, "a", 1), position="1-0", state=b"")
