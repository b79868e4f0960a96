import asyncio

import pytest

from monitor.access.rates import TokenBuckets
from monitor.store.base import Store

SLOW = 0.001


def test_there_is_a_rate_with_room_for_some_at_once():
    now = 0.0
    buckets = TokenBuckets(lambda: now)

    def take(name="k"):
        return buckets.take(name, rate=10.0, most=20.0)

    assert [take() for _ in range(20)] == [0.0] * 20
    assert take() == pytest.approx(0.1)
    assert take("other") == 0.0
    now = 0.1
    assert take() == 0.0
    assert take() > 0.0
    now = 1_000.0
    assert [take() for _ in range(20)] == [0.0] * 20
    assert take() > 0.0


async def test_no_more_are_let_in_than_at_once_may_be(store: Store):
    waits = await asyncio.gather(*(store.take("k", rate=SLOW, most=5.0) for _ in range(20)))
    assert waits.count(0.0) == 5
    assert all(0.0 < wait <= 1.0 / SLOW for wait in waits if wait)
    assert await store.take("other", rate=SLOW, most=5.0) == 0.0


async def test_who_waits_as_long_as_told_is_let_in(store: Store):
    assert await store.take("k", rate=50.0, most=1.0) == 0.0
    async with asyncio.timeout(10):
        while wait := await store.take("k", rate=50.0, most=1.0):
            assert wait <= 0.02 + 1e-6
            await asyncio.sleep(wait)
