from monitor.store.base import Store
from monitor.store.memory import MemoryStore
from monitor.surroundings.turns import Turn

LONG = 3_600.0


async def around(store, at, *, before=9, after=9, conversation="c"):
    return await store.turns(conversation, at=at, before=before, after=after)


async def test_the_nearest_turns_on_each_side_come_by_time(store: Store):
    turns = [Turn("c", float(n), f"x{n}") for n in (5, 1, 4, 2, 3)]
    await store.put_turns([*turns, Turn("other", 3.0, "y")], ttl=LONG)
    assert await around(store, 3.0) == (["x1", "x2", "x3"], ["x4", "x5"])
    assert await around(store, 3.0, before=2, after=1) == (["x2", "x3"], ["x4"])
    assert await around(store, 3.0, before=0, after=0) == ([], [])
    assert await around(store, 9.0, conversation="nobody") == ([], [])


async def test_a_turn_that_is_put_again_is_there_once(store: Store):
    for at in (1.0, 2.0):
        await store.put_turns([Turn("c", at, "x")], ttl=LONG)
    assert await around(store, 1.5) == ([], ["x"])


async def test_of_a_conversation_the_latest_are_kept(store: Store):
    await store.put_turns([Turn("c", float(n), f"x{n}") for n in range(250)], ttl=LONG)
    earlier, later = await around(store, 100.0, before=500, after=500)
    assert (len(earlier), len(later)) == (51, 149)
    assert earlier[0] == "x50"


async def test_many_conversations_at_once(store: Store):
    await store.put_turns([Turn(f"c{n}", 1.0, f"x{n}") for n in range(1_100)], ttl=LONG)
    assert await around(store, 1.0, conversation="c1099") == (["x1099"], [])


async def test_turns_are_forgotten_after_the_last_of_their_conversation():
    now = 0.0
    store = MemoryStore(clock=lambda: now)
    await store.put_turns([Turn("c", 1.0, "x1")], ttl=10.0)
    now = 9.0
    await store.put_turns([Turn("c", 2.0, "x2"), Turn("d", 2.0, "y")], ttl=10.0)
    now = 18.0
    assert await around(store, 9.0) == (["x1", "x2"], [])
    now = 19.0
    assert await around(store, 9.0) == ([], [])
