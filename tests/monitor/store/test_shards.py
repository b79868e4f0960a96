import asyncio

import pytest

from monitor.store.base import Lease, LeaseLostError, Store

LONG = 3_600.0
SHORT = 0.02
PATIENCE = 30.0


async def owned(store, owner, *, ttl):
    """The lease on shard 0, as soon as it is free."""
    async with asyncio.timeout(PATIENCE):
        while (lease := await store.acquire(0, owner, ttl=ttl)) is None:
            await asyncio.sleep(SHORT / 4)
        return lease


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


async def test_an_expired_lease_goes_to_the_next_and_its_owner_writes_nothing_more(store: Store):
    first = await owned(store, "a", ttl=SHORT)
    second = await owned(store, "b", ttl=LONG)
    assert second.token > first.token
    with pytest.raises(LeaseLostError):
        await store.save_checkpoint(first, position="9-0", state=b"late")
    await store.release(first)
    assert await store.acquire(0, "a", ttl=LONG) is None
    await store.save_checkpoint(second, position="1-0", state=b"second")
    assert await store.load_checkpoint(0) == ("1-0", b"second")


async def test_of_many_that_want_a_shard_one_has_it_and_none_writes_over_a_later_one(store: Store):
    """Each owner outstays its lease, so that the next takes over, and then tries to write."""
    written, leases = [], []

    async def compete(owner):
        for _ in range(6):
            lease = await owned(store, owner, ttl=SHORT)
            leases.append(lease)
            for _ in range(3):
                try:
                    await store.save_checkpoint(lease, position=str(lease.token), state=b"")
                except LeaseLostError:
                    break
                written.append(lease.token)
                await asyncio.sleep(SHORT)

    await asyncio.gather(*(compete(owner) for owner in "abcd"))
    assert len({lease.owner for lease in leases}) == 4
    by_token = {}
    for lease in leases:
        assert by_token.setdefault(lease.token, lease.owner) == lease.owner
    assert written == sorted(written)
    assert (await store.load_checkpoint(0))[0] == str(max(written))
