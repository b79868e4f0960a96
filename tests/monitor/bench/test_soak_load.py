"""The soak's own ends against each other, with no gateway: every kind of order, and lies."""

import asyncio
import random
from contextlib import asynccontextmanager

import msgspec
import pytest

from monitor.bench.soak.client import Clients
from monitor.bench.soak.ledger import Ledger
from monitor.bench.soak.mixture import draw
from monitor.bench.soak.order import DIALECTS, Order
from monitor.bench.soak.outages import planned
from monitor.bench.soak.upstream import answer
from monitor.bench.soak.wire import closed


@asynccontextmanager
async def clients(handler=answer):
    served = []

    async def serve(reader, writer):
        served.append(asyncio.current_task())
        await handler(reader, writer)
        await closed(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ledger = Ledger()
    async with server:
        talking = Clients(server.sockets[0].getsockname()[1], ledger, random.Random(1))
        yield talking, ledger
        await talking.close()
        await asyncio.gather(*served)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_answers_come_as_they_were_ordered(dialect):
    async with clients() as (talking, ledger):
        for order in (
            Order(dialect=dialect, chunks=5, pause=0),
            Order(dialect=dialect, size=5_000, gzipped=True),
            Order(dialect=dialect, upload=300_000, chunked_upload=True),
            Order(dialect=dialect, size=100_000, client="slow"),
        ):
            await talking.send(order)
    assert ledger.outcomes == {"whole": 4}
    assert ledger.reached == 4


@pytest.mark.parametrize("cut", ["close", "reset"])
async def test_a_cut_is_seen_as_a_cut(cut):
    async with clients() as (talking, ledger):
        await talking.send(Order(dialect="chat", chunks=5, pause=0.01, cut=cut, cut_after=3))
    assert ledger.outcomes == {"visibly cut": 1}


async def test_a_client_leaves_in_each_of_its_ways():
    async with clients() as (talking, ledger):
        for client in ("leaves", "leaves early", "leaves uploading"):
            order = Order(dialect="chat", chunks=50, cut_after=200, upload=1000, client=client)
            await talking.send(order)
    assert ledger.outcomes == {"left in mid-answer": 1, "leaves early": 1, "leaves uploading": 1}


@pytest.mark.parametrize(
    "lie",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nno",
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        b"",
        b"garbage\r\n\r\n",
    ],
)
async def test_another_answer_than_the_ordered_one_is_wrong(lie):
    async def lying(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(lie)

    async with clients(lying) as (talking, ledger):
        await talking.send(Order(dialect="chat"))
    assert ledger.outcomes == {"wrong": 1}
    assert len(ledger.wrong) == 1


async def test_a_cut_that_the_client_cannot_see_is_wrong():
    order = Order(dialect="chat", chunks=3, pause=0, cut="close", cut_after=2)

    async def hiding(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async with clients(hiding) as (talking, ledger):
        await talking.send(order)
    assert ledger.outcomes == {"wrong": 1}


def test_the_mixture_has_everything_and_is_the_same_for_a_seed():
    drawn = [draw(random.Random(seed)) for seed in range(500)]
    assert drawn == [draw(random.Random(seed)) for seed in range(500)]
    assert {order.dialect for order in drawn} == set(DIALECTS)
    assert {order.client for order in drawn} == {
        "reads", "slow", "leaves", "leaves early", "leaves uploading",
    }  # fmt: skip
    assert {order.cut for order in drawn} == {"", "before", "close", "reset"}
    assert all(msgspec.json.decode(order.header(), type=Order) == order for order in drawn)


def test_outages_of_every_kind_are_within_the_run():
    outages = planned(1800, random.Random(1))
    assert len(outages) == 30
    assert {outage.kind for outage in outages} == {"killed", "paused", "ended"}
    ends = [outage.at + outage.length for outage in outages]
    starts = [outage.at for outage in outages]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] < 1800
