"""A deliverer that ends at any call of the store: what was to be told is told, by whoever is next."""

import pytest

from monitor.store.base import StoreError
from monitor.store.memory import MemoryStore


class Ending:
    """A store that answers so many calls; behind that it is gone, before or after having done it."""

    def __init__(self, store, calls, *, done):
        self._store = store
        self._left = calls
        self._done = done
        self.made = 0

    def __getattr__(self, name):
        call = getattr(self._store, name)

        async def counted(*args, **more):
            self.made += 1
            self._left -= 1
            if self._left >= 0:
                return await call(*args, **more)
            if self._left == -1 and self._done:
                await call(*args, **more)
            raise StoreError("gone")

        return counted


@pytest.fixture
def store():
    return MemoryStore()


async def happen(story):
    """What is to be told: a beginning, something worse, an end, and one that ended at once."""
    await story.save("a", story="s")
    await story.save("b", story="s", severity="critical", fingerprint="g")
    await story.save("short")
    await story.save("short", status="resolved")


async def until_gone(deliverer):
    """Turns until the store is gone or nothing is left to do; whether it is gone."""
    try:
        for _ in range(12):
            await deliverer.step()
            if deliverer._round is not None:
                await deliverer._round._sending.wait()
    except StoreError:
        return True
    return False


async def tell(story, calls, *, done):
    """A deliverer that ends at a call, and the next one; how many calls the first made."""
    kept, story.store = story.store, Ending(story.store, calls, done=done)
    first = story.deliverer("first", lease=0.001)
    ended = await until_gone(first)
    made, story.store = story.store.made, kept
    while await kept.acquire("alerts", "second", ttl=60.0) is None:
        pass
    assert not await until_gone(story.deliverer("second"))
    return made if ended else None


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("status", [204, 404], ids=["taken", "refused"])
async def test_wherever_it_ends_everything_is_told_or_a_dead_letter(
    story, receiver, webhook, done, status
):
    receiver.status = status
    calls, ends = 0, 0
    while True:
        story.store = MemoryStore()
        story.tell_to({"ops": webhook(receiver, rate=600.0)}, failing_after=1e9)
        receiver.got.clear()
        await happen(story)
        ended = await tell(story, calls, done=done)
        got = [got.json for got in receiver.got]
        told = {each["id"] for message in got for each in message["incidents"]}
        assert told == {"a", "b"}, calls
        letters = await story.store.dead_letters(limit=9)
        assert len({message["id"] for message in got}) <= 2
        assert len(letters) == (1 if status == 404 else 0), calls
        if ended is None:
            break
        ends += 1
        calls += 1
    assert ends > 10
