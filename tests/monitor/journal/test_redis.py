import asyncio
import socket

import pytest

from monitor.journal.base import Backlog, JournalError, Scored
from monitor.journal.redis import RedisJournal


@pytest.fixture
async def journal(own_server):
    opened = RedisJournal(own_server.url, timeout=5.0)
    yield opened
    await opened.close()


async def commit_all(journal):
    entries = await journal.read("a", count=100, wait=0)
    scored = [Scored(entry, entry.data.decode(), 0, entry.data) for entry in entries]
    return await journal.commit(scored)


async def test_what_was_acknowledged_survives_a_killed_server(journal, own_server):
    await journal.append([b"one", b"two", b"three"])
    (held,) = await journal.read("a", count=1, wait=0)
    own_server.kill()
    with pytest.raises(JournalError):
        await journal.append([b"lost"])
    own_server.start()
    assert await journal.backlog() == Backlog(exchanges=3, pending=1, observations=0, dead=0)
    (again,) = await journal.claim("b", idle=0, count=10)
    assert again.data == held.data
    assert await commit_all(journal) == 2


async def test_a_journal_opened_before_its_server_works_once_that_is_there(own_server):
    own_server.kill()
    journal = RedisJournal(own_server.url)
    with pytest.raises(JournalError, match=r"s\.sock"):
        await journal.append([b"one"])
    own_server.start()
    assert await journal.append([b"one"]) == 1
    await journal.close()


async def test_a_flushed_server_gets_its_group_again(journal, own_server):
    await journal.append([b"one"])
    assert await commit_all(journal) == 1
    with own_server.client() as client:
        client.flushall()
        client.script_flush()
    assert await journal.claim("a", idle=0, count=10) == []
    await journal.append([b"two"])
    with own_server.client() as client:
        client.flushall()
    await journal.append([b"three"])
    assert await commit_all(journal) == 1


async def test_a_reader_whose_server_dies_is_told(journal, own_server):
    reading = asyncio.create_task(journal.read("a", count=10, wait=60))
    with own_server.client() as client:
        while client.info("clients")["blocked_clients"] == 0:
            await asyncio.sleep(0)
    own_server.kill()
    with pytest.raises(JournalError):
        await reading


async def test_a_blocked_reader_does_not_hold_up_an_append(journal):
    reading = asyncio.create_task(journal.read("a", count=10, wait=60))
    await asyncio.sleep(0.02)
    async with asyncio.timeout(10):
        await journal.append([b"one"])
        assert [entry.data for entry in await reading] == [b"one"]


async def test_a_server_that_accepts_and_is_silent_fails_in_bounded_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        journal = RedisJournal(f"redis://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        async with asyncio.timeout(5):
            with pytest.raises(JournalError):
                await journal.append([b"one"])
            with pytest.raises(JournalError):
                await journal.read("a", count=1, wait=0.1)
        await journal.close()


async def test_a_refused_password_is_not_repeated_in_the_message(own_server):
    journal = RedisJournal(f"unix://:topsecret@{own_server.socket}")
    with own_server.client() as client:
        client.config_set("requirepass", "other")
    with pytest.raises(JournalError) as raised:
        await journal.append([b"one"])
    assert "topsecret" not in str(raised.value)
    await journal.close()


@pytest.mark.parametrize("url", ["http://host", "redis://host:port"])
def test_a_url_of_another_kind_is_refused_with_an_example(url):
    with pytest.raises(JournalError, match="redis://HOST:6379/0"):
        RedisJournal(url)


async def test_a_server_out_of_memory_is_a_full_journal_that_drains(own_server):
    journal = RedisJournal(own_server.url)
    record = b"x" * 100_000
    assert await journal.append([record] * 20) == 20
    with own_server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]))
    assert await journal.append([record] * 20) < 20
    entries = await journal.read("a", count=100, wait=0)
    scored = [Scored(entry, entry.position, 0, b"small") for entry in entries]
    assert await journal.commit(scored) == len(entries)
    assert await journal.append([b"room"]) == 1
    await journal.close()


async def test_a_cancelled_call_leaves_no_answer_for_the_next(journal):
    for _ in range(20):
        call = asyncio.create_task(journal.append([b"one"]))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        backlog = await journal.backlog()
        assert isinstance(backlog.exchanges, int)
        assert await journal.observations(0, after="", count=1, wait=0) == []


async def test_dead_letters_are_bounded_and_say_why(journal, own_server):
    await journal.append([str(n).encode() for n in range(1_005)])
    for entry in await journal.read("a", count=2_000, wait=0):
        await journal.bury(entry, reason="scorer raises ValueError")
    assert (await journal.backlog()).dead == 1_000
    with own_server.client() as client:
        (_, letter), *_ = client.xrevrange("{sidewatch}:dead", count=1)
        assert client.ttl("{sidewatch}:dead") > 0
    assert letter == {b"d": b"1004", b"reason": b"scorer raises ValueError", b"deliveries": b"1"}
