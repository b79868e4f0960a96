"""How long a client is waited for, on wires of memory where hours pass in no time."""

import time

import pytest
from memory_wire import SETTINGS, Answer, Case, World
from wire import CHAT, CLOSE, post

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n" + b"x" * 9_000


@pytest.fixture
def world():
    """A client that has asked for the last time; the answer has gone out, and it took none of it."""
    made = World(Case(client=[], answers=[Answer([WHOLE])]))

    async def answered():
        made.client.send(post(CHAT, head=CLOSE))
        for _ in range(3):
            await made._move(1)
        return made

    return answered


async def test_an_answer_that_the_client_still_takes_is_never_cut_short(world):
    made = await world()
    now = time.monotonic()
    size = len(made.client.written)
    while made.client.unsent:
        now += SETTINGS.send_timeout / 2
        made.client.protocol.check(now)
        assert not made.client.is_closing()
        made.client.take(size // 10)
    made.client.protocol.check(now + 3)
    assert made.client.is_closing()


async def test_a_client_that_takes_nothing_is_given_up(world):
    made = await world()
    now = time.monotonic()
    made.client.protocol.check(now)
    made.client.protocol.check(now + SETTINGS.send_timeout - 1)
    assert not made.client.is_closing()
    made.client.protocol.check(now + SETTINGS.send_timeout + 1)
    assert made.client.is_closing()


async def test_a_client_that_goes_on_sending_is_waited_for_within_bounds(world):
    made = await world()
    made.client.take(1 << 20)
    made.client.send(b"for nobody")
    made.client.protocol.check(time.monotonic() + 1)
    assert not made.client.is_closing()
    made.client.protocol.check(time.monotonic() + 3)
    assert made.client.is_closing()


async def test_requests_of_a_client_that_does_not_read_wait():
    made = World(Case(client=[], answers=[Answer([])]))
    made.client.send(b"GET /_sidewatch/metrics HTTP/1.1\r\nhost: h\r\n\r\n" * 100)
    said = len(made.client.written)
    assert made.client.written.count(b"HTTP/1.1 200 ") == 1
    while made.client.unsent:
        made.client.take(1 << 20)
    assert made.client.written.count(b"HTTP/1.1 200 ") == 100
    assert said < len(made.client.written) / 50
