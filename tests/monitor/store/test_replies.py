import asyncio

from monitor.replies import Reply
from monitor.store.base import Store

LONG = 3_600.0
WAITING = Reply("d1")
DONE = Reply("d1", 201, {"content-type": "application/json"}, b'{"a": "\xff"}')


async def test_the_first_of_several_claims_a_name(store: Store):
    assert await store.claim_reply("n", WAITING, ttl=LONG) is None
    assert await store.claim_reply("n", Reply("d2"), ttl=LONG) == WAITING
    assert await store.claim_reply("other", Reply("d2"), ttl=LONG) is None


async def test_of_claims_at_the_same_time_one_is_granted(store: Store):
    claims = [store.claim_reply("n", Reply(str(n)), ttl=LONG) for n in range(20)]
    answers = await asyncio.gather(*claims)
    assert answers.count(None) == 1
    assert {answer.digest for answer in answers if answer} == {str(answers.index(None))}


async def test_a_reply_comes_back_as_it_was_kept(store: Store):
    await store.claim_reply("n", WAITING, ttl=LONG)
    await store.put_reply("n", DONE, ttl=LONG)
    assert await store.claim_reply("n", WAITING, ttl=LONG) == DONE


async def test_a_forgotten_or_expired_reply_may_be_claimed_again(store: Store):
    await store.put_reply("n", DONE, ttl=LONG)
    await store.delete_reply("n")
    await store.delete_reply("n")
    assert await store.claim_reply("n", WAITING, ttl=0.02) is None
    async with asyncio.timeout(30):
        while await store.claim_reply("n", DONE, ttl=LONG) is not None:
            await asyncio.sleep(0.01)
