"""What a request leaves behind is gone with it: no cycle waits for the garbage collector."""

import asyncio
import contextlib
import gc

from wire import CHAT, CLOSE, echo, event, post

from monitor.gateway.memory import kept_flat


@contextlib.contextmanager
def cycles():
    """The objects of our own that only the garbage collector could free, known on leaving."""
    found = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += [type(o).__name__ for o in gc.garbage if type(o).__module__.startswith("monitor.")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def test_requests_streams_and_clients_that_leave_make_no_cycles(gateway, upstream):
    async def stream(peer):
        while True:
            await peer.request()
            await peer.begin_stream()
            for word in ("one", "two", "three"):
                await peer.chunk(event(word))
            await peer.end_stream()

    plain, streaming = await gateway(await upstream(echo)), await gateway(await upstream(stream))
    large = CHAT[:-1] + b',"x":"' + b"A" * 600_000 + b'"}'
    with cycles() as found:
        for number in range(5):
            await plain.raw(post(CHAT, head=CLOSE))
            await plain.raw(post(large, head=CLOSE))
            await streaming.raw(post(CHAT, head=CLOSE))
            reader, writer = await streaming.open()
            writer.write(post(CHAT))
            await reader.readuntil(b"one")
            writer.transport.abort()
            await plain.exchanges(2 * number + 2)
            await streaming.exchanges(2 * number + 2)
    assert found == []


async def test_garbage_is_looked_for_while_the_loop_runs():
    before = gc.get_threshold()
    try:
        async with kept_flat():
            assert gc.get_freeze_count() > 0
            assert gc.get_threshold()[0] > before[0]
            assert "gateway-memory" in {task.get_name() for task in asyncio.all_tasks()}
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
