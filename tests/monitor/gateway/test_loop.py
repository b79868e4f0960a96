"""Streams that repeat themselves, handed on while they run."""

import asyncio
import random
from itertools import pairwise

from wire import CHAT, event, post

from monitor.exchange.model import Exchange, Response
from monitor.exchange.recorder import Origin, Recorder
from monitor.gateway.loop import LoopWatch, repeats
from monitor.gateway.recording.encoder import MAX_QUEUED_BYTES
from monitor.gateway.recording.tap import Tap
from monitor.journal.memory import MemoryJournal
from monitor.metrics.gateway import GatewayMetrics

LOOP = "and then we went on to the next house, "


def prose(characters, seed=0):
    """Words as varied as those of a language."""
    draw = random.Random(seed)
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(draw.choices(letters, k=draw.randint(1, 9))) for _ in range(1_500)]
    return " ".join(draw.choices(words, k=characters // 4))[:characters]


class Streamed:
    """An answer that comes piece by piece, and the watch on it."""

    def __init__(self, *, every=2_000, limit=262_144):
        self.recorder = Recorder("x1", Origin("/v1/chat/completions"), limit=limit)
        self.recorder.request_body(b'{"model":"m","stream":true,"messages":[]}')
        self.recorder.request_ended(ts=1.0, at=1.0)
        self.recorder.response_began(200, content_type="text/event-stream")
        self.watch = LoopWatch(self.recorder, every=every)
        self.now = 1.0

    def say(self, text):
        """What notices come while this is said, looked at after each piece."""
        found = []
        for start in range(0, len(text), 40):
            self.now += 0.5
            self.recorder.response_body([event(text[start : start + 40])], self.now)
            if (notice := self.watch.check(self.now)) is not None:
                found.append(notice)
        return found


def test_what_repeats_itself_is_told_from_what_does_not():
    assert repeats((LOOP * 99)[:2_000])
    assert repeats("very " * 400)
    assert not repeats(prose(2_000))
    assert not repeats(LOOP * 3)
    assert not repeats("\ud83d" * 1_000)


def test_a_loop_is_handed_on_before_the_stream_ends():
    streamed = Streamed()
    assert streamed.say(prose(5_000)) == []
    first, *_ = streamed.say(LOOP * 200)
    assert (first.id, first.state) == ("x1", "running")
    assert LOOP * 10 in first.answer
    assert 0.0 < first.timing.duration < streamed.now
    streamed.recorder.ended(ts=9.0, at=streamed.now + 1.0)
    assert streamed.recorder.finish().state == "done"


def test_an_ordinary_stream_is_never_handed_on():
    assert Streamed().say(prose(60_000)) == []


def test_the_notices_of_one_stream_grow_apart():
    sizes = [len(notice.answer) for notice in Streamed().say(LOOP * 2_000)]
    assert len(sizes) > 3
    assert all(later >= 1.5 * sooner for sooner, later in pairwise(sizes))
    assert sum(sizes) < 3 * len(LOOP) * 2_000


def test_what_is_beyond_the_cap_is_not_looked_at_again_and_again():
    notices = Streamed(limit=6_000).say(LOOP * 2_000)
    assert 1 <= len(notices) <= 3


async def test_a_gateway_hands_a_looping_stream_on_and_counts_it(gateway, upstream):
    go_on = asyncio.Event()

    async def loop(peer):
        await peer.request()
        await peer.begin_stream()
        for _ in range(300):
            await peer.chunk(event(LOOP))
        await go_on.wait()
        await peer.end_stream()

    running = await gateway(await upstream(loop), stall_after=600.0, idle_timeout=0.2)
    reader, writer = await running.open()
    writer.write(post(CHAT))
    notices = await running.exchanges(1)
    go_on.set()
    await reader.readuntil(b"0\r\n\r\n")
    writer.close()
    done = (await running.exchanges(len(notices) + 1))[-1]
    assert {notice.state for notice in notices} == {"running"}
    assert LOOP * 40 in notices[0].answer
    assert (done.state, done.answer) == ("done", LOOP * 300)
    assert {notice.id for notice in notices} == {done.id}
    metrics = await running.metrics()
    assert metrics["sidewatch_gateway_looping_streams_total"] >= 1
    assert metrics["sidewatch_gateway_exchanges_seen_total"] == 1


async def test_no_stream_is_looked_at_where_that_is_switched_off(gateway, upstream):
    over = asyncio.Event()

    async def loop(peer):
        await peer.request()
        await peer.begin_stream()
        for _ in range(300):
            await peer.chunk(event(LOOP))
        await over.wait()
        await peer.end_stream()

    running = await gateway(await upstream(loop), stall_after=0.05, loop_check_every=0)
    _, writer = await running.open()
    writer.write(post(CHAT))
    stalled = await running.exchanges(2)  # by then it was looked at more than once
    over.set()
    writer.close()
    assert {notice.state for notice in stalled} == {"stalled"}


async def test_notices_take_no_more_memory_than_exchanges_may():
    tap = Tap(MemoryJournal(), bound=1_000, metrics=GatewayMetrics())
    long = Exchange(id="x", ts=1.0, state="running", response=Response(text="a" * 1_000_000))
    for _ in range(100):
        tap.notice(long)
    assert 0 < tap.depth <= MAX_QUEUED_BYTES // 1_000_000
    await tap.close(within=0.0)
