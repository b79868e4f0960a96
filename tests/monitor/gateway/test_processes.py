"""Several gateway processes on one address: real ones, over real sockets."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from running_sidewatch import mind_hangups
from scripted import Peer
from wire import CHAT, CLOSE, body_of, echo, event, post

PATIENCE = 20
GET_METRICS = b"GET /_sidewatch/metrics HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
PREFIX = "sidewatch_gateway_"


async def until(true, what):
    """Ask again until it is true; fails when patience ends."""
    async with asyncio.timeout(PATIENCE):
        while not (value := await true()):
            await asyncio.sleep(0.02)
    assert value, what
    return value


def alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@dataclass
class Gateway:
    """A gateway command that serves."""

    process: subprocess.Popen
    port: int
    log: Path
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    def children(self):
        pid = self.process.pid
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def open(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append(writer)
        return reader, writer

    async def raw(self, request):
        reader, writer = await self.open()
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        return answer

    async def metrics(self):
        """What some process shows; asked again if that one is killed over it."""
        while True:
            with contextlib.suppress(ConnectionError):
                answer = (await self.raw(GET_METRICS)).decode()
                if answer.endswith("\n"):
                    break
        lines = [line for line in body_of(answer.encode()).decode().splitlines() if line[0] != "#"]
        pairs = (line.removeprefix(PREFIX).rsplit(" ", 1) for line in lines)
        return {name: float(value) for name, value in pairs}

    async def ended(self):
        """Its exit code, once it has ended."""

        async def has_ended():
            return self.process.poll() is not None

        await until(has_ended, "the end of the command")
        return self.process.returncode


@pytest.fixture
async def start(tmp_path):
    """Starts gateway commands: `await start(upstream_url, processes=2)`, which serves, or ended."""
    started = []

    async def command(upstream, *, listen="127.0.0.1:0", processes=2, **environment):
        arguments = ["--upstream", upstream, "--listen", listen, "--processes", str(processes)]
        said, log = (tmp_path / f"{what}{len(started)}" for what in ("said", "log"))
        with said.open("wb") as output, log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "monitor.cli", "gateway", *arguments],
                stdout=output,
                stderr=errors,
                env={**os.environ, "SIDEWATCH_STORE_URL": "memory://", **environment},
                preexec_fn=mind_hangups,  # noqa: PLW1509 - it calls nothing that may hold a lock
            )
        gateway = Gateway(process, 0, log)
        started.append(gateway)

        async def serves_or_ended():
            return said.read_text().endswith("\n") or process.poll() is not None

        await until(serves_or_ended, "ready")
        gateway.port = int(said.read_text().strip().rpartition(":")[2] or 0)
        return gateway

    yield command
    for gateway in started:
        for writer in gateway.opened:
            writer.close()
        gateway.process.kill()  # its children end with it
        gateway.process.wait()


async def ask(gateway):
    return body_of(await gateway.raw(post(CHAT, head=CLOSE)))


async def test_any_process_shows_the_sums_over_all(start, upstream):
    gateway = await start(await upstream(echo))
    answers = await asyncio.gather(*(ask(gateway) for _ in range(40)))
    assert all(answers)
    for _ in range(10):  # each on a connection of its own, so at one process or the other
        shown = await gateway.metrics()
        assert shown['requests_total{method="POST",status="2xx"}'] == 40
        assert shown["processes"] == 2
        assert shown["journal_up"] == 1

    async def all_recorded():
        shown = await gateway.metrics()
        return shown["exchanges_recorded_total"] == shown["exchanges_seen_total"] == 40

    await until(all_recorded, "every exchange recorded")


async def test_gauges_are_summed_as_well(start, upstream):
    gateway = await start(await upstream(echo))
    connections = [await gateway.open() for _ in range(24)]

    async def all_counted():
        return (await gateway.metrics())["client_connections"] == 24 + 1

    await until(all_counted, "24 idle connections and the one that asks")
    for _, writer in connections:
        writer.close()

    async def none_left():
        return (await gateway.metrics())["client_connections"] == 1

    await until(none_left, "only the one that asks")


async def test_what_the_processes_take_is_shown(start, upstream):
    gateway = await start(await upstream(echo))
    shown = await gateway.metrics()
    assert shown["cpu_seconds_total"] > 0.05
    assert shown["resident_memory_bytes"] > 3 * 10_000_000  # two that serve, and their parent
    assert 0 <= shown["loop_lag_seconds"] < 60


async def test_a_process_that_stands_still_shows_in_the_others(start, upstream):
    gateway = await start(await upstream(echo))

    async def beating():
        return (await gateway.metrics())["loop_lag_seconds"] > 0

    await until(beating, "a first look at the loop")
    stopped = gateway.children()[0]
    os.kill(stopped, signal.SIGSTOP)

    async def late():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):  # about half of the connections go to the stopped one
                return (await gateway.metrics())["loop_lag_seconds"] > 1

    try:
        await until(late, "the lag of the one that stands still")
    finally:
        os.kill(stopped, signal.SIGCONT)


async def test_a_killed_process_is_replaced_and_no_total_goes_back(start, upstream):
    gateway = await start(await upstream(echo))
    victim, other = gateway.children()
    kept = [await gateway.open() for _ in range(32)]
    assert sum([await again(*each) for each in kept]) == 32
    asking = [asyncio.create_task(keep_asking(gateway)) for _ in range(4)]
    before = await gateway.metrics()
    os.kill(victim, signal.SIGKILL)
    while before["process_restarts_total"] < 1 or before["processes"] < 2:
        shown = await gateway.metrics()
        assert {k: v for k, v in shown.items() if "_total" in k and v < before[k]} == {}
        before = shown
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert 0 < sum([await again(*each) for each in kept]) < 32  # both had some; one lost its own
    assert alive(other)
    assert not alive(victim)
    assert len(gateway.children()) == 2

    async def accounted_for():
        shown = await gateway.metrics()
        lost = sum(v for k, v in shown.items() if k.startswith("exchanges_dropped_total"))
        return shown["exchanges_seen_total"] == shown["exchanges_recorded_total"] + lost

    await until(accounted_for, "seen = recorded + lost")


async def again(reader, writer):
    """Whether a request on this connection is answered."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        writer.write(post(CHAT))
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(CHAT)
        return True
    return False


async def keep_asking(gateway):
    while True:
        with contextlib.suppress(ConnectionError):
            await ask(gateway)


async def streams(gateway, count):
    """Connections that each have a stream under way."""
    opened = [await gateway.open() for _ in range(count)]
    for _, writer in opened:
        writer.write(post(CHAT))
    for reader, _ in opened:
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(event("one"))
    return opened


def streaming(wait):
    """A script: a first event, and the rest after what it waits for."""

    async def script(peer):
        await peer.request()
        await peer.begin_stream()
        await peer.chunk(event("one"))
        await wait(peer)
        await peer.chunk(event("two"))
        await peer.end_stream()

    return script


async def refused(gateway):
    try:
        _, writer = await gateway.open()
    except ConnectionError:
        return True
    writer.close()
    return False


async def test_streams_under_way_are_finished_on_the_first_signal(start, upstream):
    released = asyncio.Event()
    gateway = await start(await upstream(streaming(lambda peer: released.wait())))
    opened = await streams(gateway, 32)  # so many that each process has some
    children = gateway.children()
    gateway.process.send_signal(signal.SIGTERM)
    await until(lambda: refused(gateway), "no new connections")
    assert all(alive(pid) for pid in children)
    released.set()
    for reader, writer in opened:
        async with asyncio.timeout(PATIENCE):
            assert (await reader.read()).endswith(b"0\r\n\r\n")
        writer.close()
    assert await gateway.ended() == 0
    assert not any(alive(pid) for pid in children)


async def test_a_second_signal_ends_them_at_once(start, upstream):
    gateway = await start(await upstream(streaming(Peer.gone)))
    opened = await streams(gateway, 4)
    gateway.process.send_signal(signal.SIGINT)
    await until(lambda: refused(gateway), "no new connections")
    gateway.process.send_signal(signal.SIGINT)
    assert await gateway.ended() == 0
    for reader, writer in opened:
        with contextlib.suppress(ConnectionError):
            assert not (await reader.read()).endswith(b"0\r\n\r\n")
        writer.close()


async def test_processes_end_with_their_parent(start, upstream):
    gateway = await start(await upstream(echo))
    children = gateway.children()
    assert len(children) == 2
    gateway.process.kill()
    await gateway.ended()

    async def gone():
        return not any(alive(pid) for pid in children)

    await until(gone, "no process outlives the parent")


async def test_one_process_has_no_parent_and_no_children(start, upstream):
    gateway = await start(await upstream(echo), processes=1)
    assert CHAT in await ask(gateway)
    assert gateway.children() == []
    assert (await gateway.metrics())["processes"] == 1


async def test_an_address_where_others_listen_is_refused(start, upstream):
    url = await upstream(echo)
    first = await start(url)
    second = await start(url, listen=f"127.0.0.1:{first.port}")
    assert await second.ended() == 2
    assert "Address already in use" in second.log.read_text()
    assert CHAT in await ask(first)


async def test_what_is_wrong_with_the_settings_is_said_once(start):
    gateway = await start("ftp://nowhere")
    assert await gateway.ended() == 2
    assert gateway.log.read_text().count("sidewatch: ") == 1
