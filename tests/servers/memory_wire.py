"""One gateway connection on wires of memory, whose far ends a test moves byte by byte."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field, replace
from itertools import pairwise

import h11

from monitor.exchange import jsonl
from monitor.gateway.client import ClientConnection
from monitor.gateway.recording.tap import Tap
from monitor.gateway.request import RequestReader
from monitor.gateway.shared import Shared
from monitor.gateway.upstreams.connection import UpstreamConnection
from monitor.gateway.upstreams.pool import Pool
from monitor.gateway.upstreams.routes import routes_of
from monitor.gateway.who import Identify
from monitor.journal.memory import MemoryJournal
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import GatewaySettings

HIGH, LOW = 2_000, 500
SETTINGS = GatewaySettings(upstream="http://127.0.0.1:1", max_capture_bytes=4_000)
_ID = re.compile(rb"\r\nx-sidewatch-id: ([0-9A-Z]{26})\r\n")


class Wire(asyncio.Transport):
    """A transport: keeps what is written until the far end takes it."""

    def __init__(self, protocol):
        super().__init__()
        self.protocol = protocol
        self.written = b""
        self.unsent = 0
        self.lost = False
        self._incoming = b""
        self._ends = False
        self._closing = self._eof_sent = self._full = self._paused = False
        protocol.connection_made(self)

    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 5) if name == "peername" else default

    def is_closing(self):
        return self._closing

    def get_write_buffer_size(self):
        return self.unsent

    def write(self, data):
        assert isinstance(data, bytes)
        assert not self._eof_sent
        if self._closing:
            return
        self.written += data
        self.unsent += len(data)
        if self.unsent > HIGH and not self._full:
            self._full = True
            self.protocol.pause_writing()

    def write_eof(self):
        self._eof_sent = True

    def close(self):
        if not self._closing:
            self._closing = True
            if not self.unsent:
                self.abort()

    def abort(self):
        self._closing = True
        asyncio.get_running_loop().call_soon(self._lose)

    def pause_reading(self):
        self._paused = True

    def resume_reading(self):
        self._paused = False
        asyncio.get_running_loop().call_soon(self._deliver)

    # The far end.

    def take(self, size):
        """The far end takes so many bytes of what was written."""
        self.unsent -= min(size, self.unsent)
        if self._full and self.unsent <= LOW:
            self._full = False
            self.protocol.resume_writing()
        if self._closing and not self.unsent:
            self.abort()

    def send(self, data):
        """The far end sends bytes; they wait while nobody reads."""
        self._incoming += data
        self._deliver()

    def end(self):
        """The far end closes its side."""
        self._ends = True
        self._deliver()

    def reset(self):
        """The far end is gone."""
        self.abort()

    def _deliver(self):
        if self._paused or self._closing:
            return
        data, self._incoming = self._incoming, b""
        if data:
            self.protocol.data_received(data)
        if self._ends and not self._incoming and not self._closing:
            self._ends = False
            assert not self.protocol.eof_received()
            self.close()

    def _lose(self):
        if not self.lost:
            self.lost = True
            self.protocol.connection_lost(None)


@dataclass(frozen=True)
class Answer:
    """What the upstream says to one request, in pieces, and what it does then.

    `%` stands for the number of the request. `then` is `keep`, `end` or `reset`.
    """

    pieces: list[bytes]
    then: str = "keep"


@dataclass(frozen=True)
class Case:
    """What both far ends do. `steps` chooses, byte by byte, who moves next and how far."""

    client: list[bytes]
    answers: list[Answer]
    steps: bytes = b""
    then: str = "wait"

    def dump(self):
        """As text, for a file; latin-1 keeps every byte."""
        answers = [[[p.decode("latin-1") for p in a.pieces], a.then] for a in self.answers]
        client = [piece.decode("latin-1") for piece in self.client]
        record = {"client": client, "answers": answers, "then": self.then}
        return json.dumps(record | {"steps": list(self.steps)}, indent=1)

    @classmethod
    def load(cls, text):
        """The case of a file."""
        record = json.loads(text)
        return cls(
            client=[piece.encode("latin-1") for piece in record["client"]],
            answers=[
                Answer([piece.encode("latin-1") for piece in pieces], then)
                for pieces, then in record["answers"]
            ],
            steps=bytes(record["steps"]),
            then=record["then"],
        )


def requests_in(data):
    """Each whole request as h11 reads it: method, target, content; up to what it cannot read."""
    found = []
    try:
        while data:
            link = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
            link.receive_data(data)
            asked, content = link.next_event(), b""
            if not isinstance(asked, h11.Request):
                break
            while isinstance(event := link.next_event(), h11.Data):
                content += event.data
            if not isinstance(event, h11.EndOfMessage):
                break
            found.append((asked.method, asked.target, content))
            data = link.trailing_data[0]
    except h11.RemoteProtocolError:
        return found, False
    return found, True


def answers_in(data, methods):
    """The answers to requests with such methods, as h11 cuts them apart; the last may be cut off."""
    found = []
    for method in methods if data else []:
        link = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        link.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
        link.send(h11.EndOfMessage())
        link.receive_data(data)
        began = last = False
        while not isinstance(event := link.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                return [*found, data] if began else found
            if isinstance(event, h11.Response):
                began = True
                last = (b"connection", b"close") in event.headers
        rest = link.trailing_data[0]
        found.append(data[: len(data) - len(rest)])
        data = rest
        if last or not data:
            break
    return found


@dataclass
class Far:
    """The upstream's end of one connection."""

    wire: Wire
    heads: int = 0
    pieces: list[bytes] = field(default_factory=list)
    then: str = "keep"


class MemoryPool(Pool):
    """Connects to the far end of a wire; it refuses when told to."""

    def __init__(self, target):
        super().__init__(target, connect_timeout=1)
        self.far: list[Far] = []

    async def connect(self):
        await asyncio.sleep(0)
        connection = UpstreamConnection()
        self.far.append(Far(Wire(connection)))
        return connection


class World:
    """A gateway with one client, and everything its two far ends see."""

    def __init__(self, case):
        self.case = case
        self.metrics = GatewayMetrics()
        routes = routes_of(SETTINGS)
        path, upstream = routes._upstreams[0]
        self.pool = MemoryPool(upstream.target)
        routes._upstreams[0] = (path, replace(upstream, pool=self.pool))
        self.shared = Shared(
            settings=SETTINGS,
            reader=RequestReader(routes, Identify(SETTINGS)),
            tap=Tap(MemoryJournal(), bound=1_000, metrics=self.metrics),
            metrics=self.metrics,
        )
        self.client = Wire(ClientConnection(self.shared))
        self.unsent = list(case.client)
        self.asked = 0
        self.errors = []

    async def run(self):
        """Play the case to its end, and check that all of it has ended."""
        asyncio.get_running_loop().set_exception_handler(lambda _, error: self.errors.append(error))
        for step in self.case.steps:
            await self._move(step)
        while await self._settle():
            pass
        if self.case.then == "end":
            self.client.end()
        await self._settle()
        await self._time_passes()
        self._check()

    async def _move(self, step):
        kind, size = step % 4, step // 4
        if kind == 0 and self.unsent:
            self.client.send(self.unsent.pop(0))
        elif kind == 1:
            self._answer(self._far(size))
        elif kind == 2:
            self.client.take(size * 40)
        elif kind == 3 and self.pool.far:
            self._far(size).wire.take(size * 40)
        await asyncio.sleep(0)

    async def _settle(self):
        """Everything moves as far as it goes; whether anything did."""
        moved = bool(self.unsent)
        if self.unsent:
            self.client.send(self.unsent.pop(0))
        for far in list(self.pool.far):
            far.wire.take(1 << 30)
            moved |= self._answer(far)
        moved |= bool(self.client.unsent)
        self.client.take(1 << 30)
        for _ in range(4):
            await asyncio.sleep(0)
        return moved

    async def _time_passes(self):
        """Whatever waits has waited too long; then the client is gone."""
        for hours in range(1, 4):
            if not self.client.lost:
                self.client.protocol.check(time.monotonic() + hours * 36_000)
            await self._settle()
        self.client.reset()
        await self._settle()

    def _far(self, number):
        return self.pool.far[number % len(self.pool.far)] if self.pool.far else None

    def _answer(self, far):
        """Send a piece of an answer, or begin the next one; whether there was anything to send."""
        if far is None or far.wire.is_closing():
            return False
        heads = far.wire.written.count(b"\r\nx-forwarded-for: ")
        if heads > far.heads:  # a new request: what was not sent for the last one never is
            far.heads = heads
            spec = self.case.answers[self.asked % len(self.case.answers)]
            self.asked += 1
            number = b"<%d>" % self.asked
            far.pieces = [piece.replace(b"%", number) for piece in spec.pieces]
            far.then = spec.then
        if far.pieces:
            far.wire.send(far.pieces.pop(0))
            return True
        if far.heads and far.then != "keep":
            (far.wire.end if far.then == "end" else far.wire.reset)()
            return True
        return False

    def _check(self):
        assert self.errors == []
        assert (self.shared.active, self.shared.tunnels) == (0, 0)
        assert not self.shared.clients
        for far in self.pool.far:
            assert far.wire.is_closing() or far.wire.protocol.holder is None
        self._check_requests()
        self._check_answers()
        self._check_exchanges()

    def _check_requests(self):
        """What reached the upstream is what h11 reads in the client's bytes, in order."""
        said, understood = requests_in(b"".join(self.case.client))
        said = [_origin(request) for request in said]
        place = 0
        for far in self.pool.far:
            passed, sound = requests_in(far.wire.written)
            assert sound
            for request in passed:
                if request in said[place:]:
                    place = said.index(request, place) + 1
                elif not place or request != said[place - 1]:  # else it was sent again
                    assert not understood
                    return

    def _check_answers(self):
        """Each answer to the client is of one request alone, and they come in order."""
        said, _ = requests_in(b"".join(self.case.client))
        answers = answers_in(self.client.written, [method for method, _, _ in said])
        idents = [_ID.findall(answer) for answer in answers]
        assert len({ident for (ident,) in idents}) == len(answers)
        seen = [set(re.findall(rb"<(\d+)>", answer)) for answer in answers]
        assert all(len(numbers) <= 1 for numbers in seen)
        order = [int(next(iter(numbers))) for numbers in seen if numbers]
        assert all(before < after for before, after in pairwise(order))

    def _check_exchanges(self):
        recorded = list(self.shared.tap._queue.fresh)
        assert len({recorder.ident for recorder in recorded}) == len(recorded)
        for recorder in recorded:
            jsonl.decode(jsonl.encode(recorder.finish()))


def _origin(request):
    """With the target as it goes to an upstream."""
    method, target, content = request
    return method, re.sub(rb"(?i)\Ahttps?://[^/]+", b"", target) or b"/", content
