"""What the gateway says of the times of an exchange, and of the replica that answered."""

import pytest
from wire import CHAT, post

from monitor.exchange.answer import Answer

ANSWER = b'{"choices":[{"index":0,"message":{"content":"hello"},"finish_reason":"stop"}]}'


async def replica(peer):
    await peer.request()
    await peer.answer(ANSWER, head=b"X-Served-By: node-7\r\nContent-Type: application/json\r\n")


async def test_the_replica_is_told_by_its_address(gateway, upstream):
    url = await upstream(replica)
    running = await gateway(url)
    await running.raw(post(CHAT, head=b"connection: close\r\n"))
    exchange = await running.only_exchange()
    assert exchange.upstream == url.removeprefix("http://")


async def test_or_by_what_it_says_of_itself(gateway, upstream):
    running = await gateway(await upstream(replica), upstream_header="X-Served-By")
    await running.raw(post(CHAT, head=b"connection: close\r\n"))
    assert (await running.only_exchange()).upstream == "node-7"


async def test_what_the_gateway_took_itself_is_part_of_the_duration(gateway, upstream):
    running = await gateway(await upstream(replica))
    await running.raw(post(CHAT, head=b"connection: close\r\n"))
    timing = (await running.only_exchange()).timing
    assert timing.own is not None
    assert 0 < timing.own < timing.duration


def answered(gaps):
    answer, at = Answer(1_000), 0.0
    answer.arrived(at)
    for gap in gaps:
        at += gap
        answer.arrived(at)
    return answer


@pytest.mark.parametrize(
    ("gaps", "p99"),
    [
        ([], None),
        ([0.02, 0.3], 0.3),
        ([0.02] * 99 + [3.0], 0.025),
        ([0.02] * 98 + [0.07, 3.0], 0.075),
        ([0.004] * 500 + [9.0] * 4, 0.01),
        ([100.0] * 3, 100.0),
    ],
)
def test_nearly_all_gaps_are_within_the_p99_and_never_more_than_an_edge_is_added(gaps, p99):
    assert answered(gaps).gap_p99 == (None if p99 is None else pytest.approx(p99))


async def test_what_the_gateway_took_itself_is_counted_once_an_exchange(gateway, upstream):
    running = await gateway(await upstream(replica))
    for _ in range(3):
        await running.raw(post(CHAT, head=b"connection: close\r\n"))
    await running.exchanges(3)
    assert (await running.metrics())["sidewatch_gateway_own_seconds_count"] == 3.0
