from dataclasses import replace

from monitor.silences.silence import Silence
from monitor.store.base import Store

DAY = 86_400.0


def silence(name, until, **fields):
    given = {"created": 0.0, "by": "ada", "reason": "„ü“", "detector": "latency"}
    return Silence(id=name, until=until, **(given | fields))


async def test_silences_that_end_after_a_time_come_the_last_to_end_first(store: Store):
    first, second, third = (silence(name, until) for name, until in (("a", 1), ("b", 2), ("c", 3)))
    for each in (second, third, first):
        await store.put_silence(each, at=0.0)
    assert await store.silences(ending_after=1.0, limit=9) == [third, second]
    assert await store.silences(ending_after=-1.0, limit=2) == [third, second]
    assert await store.get_silence("a") == first
    assert await store.get_silence("other") is None


async def test_a_silence_may_be_ended_early(store: Store):
    await store.put_silence(silence("a", 90.0), at=0.0)
    ended = replace(silence("a", 90.0), until=10.0)
    await store.put_silence(ended, at=10.0)
    assert await store.silences(ending_after=10.0, limit=9) == []
    assert await store.get_silence("a") == ended


async def test_a_silence_is_kept_for_thirty_days_after_its_end(store: Store):
    await store.put_silence(silence("old", 1.0), at=0.0)
    await store.put_silence(silence("new", 2.0 * DAY), at=DAY)
    await store.put_silence(silence("late", 40 * DAY), at=30 * DAY + 1.5)
    assert await store.get_silence("old") is None
    kept = await store.silences(ending_after=0.0, limit=9)
    assert [each.id for each in kept] == ["late", "new"]
