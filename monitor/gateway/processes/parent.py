"""Several processes that serve one address, and the parent that keeps them.

The parent relays nothing. It forks, so that what was imported before lies in memory once; it starts
again what dies, passes SIGTERM and SIGINT on, and ends when all have ended. If it is killed itself,
the others drain and end.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from monitor.gateway.processes.member import SIGNALS, Body, Member
from monitor.metrics.cells import Rows
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)

_TICK = 1.0
_AFTER_DRAIN = 5.0
_AFTER_SECOND = 5.0


class Processes:
    """Runs `body` in `count` processes, each with a row of its own from `rows`.

    Parameters
    ----------
    rows
        One more than `count`: the last is the parent's.
    body
        What each process does.
    patience
        Seconds that they get to end after the first signal; what is left is killed.
    ready
        Called once, when all serve.

    """

    def __init__(
        self, count: int, rows: Rows, body: Body, *, patience: float, ready: Callable[[], None]
    ) -> None:
        self._members = [Member(row) for row in range(count)]
        self._rows = rows
        self._body = body
        self._patience = patience + _AFTER_DRAIN
        self._ready = ready
        self._metrics = GatewayMetrics(rows, count)
        self._announced = False
        self._until = 0.0  # after the first signal: when the rest is killed
        self._code = 0

    def run(self) -> int:
        """Until a signal has stopped all; the exit code, of the first if that cannot even start."""
        self._metrics.stand_by()
        gc.collect()
        gc.freeze()  # what looks for garbage would write to every page that is shared
        with _woken() as wakeup:
            self._members[0].start(self._body)  # alone: what is wrong is then said once
            while any(member.pid for member in self._members) or not self._until:
                self._wait(wakeup)
                self._start_due()
                self._metrics.publish()
        return self._code

    def _wait(self, wakeup: int) -> None:
        """Until a signal comes, a process says something or ends, or it is time."""
        pipes = {member.pipe: member for member in self._members if member.pid}
        readable, _, _ = select.select([wakeup, *pipes], [], [], self._timeout())
        for file in readable:
            if file == wakeup:
                for number in os.read(wakeup, 64):
                    self._stop(number)
            else:
                self._hear(pipes[file])

    def _timeout(self) -> float:
        times = [member.due for member in self._members if member.due]
        soonest = min([time.monotonic() + _TICK, *times])
        return max(soonest - time.monotonic(), 0)

    def _hear(self, member: Member) -> None:
        code = member.hear()
        if code is None:
            self._advance()
            return
        self._rows.close(member.row)
        if self._until:
            return
        if not self._announced and code >= 0:
            self._code = code or 1
            self._stop(signal.SIGTERM)
            return
        pause = member.postpone()
        log.error("a gateway process ended with %s; another starts in %.1f s", code, pause)

    def _advance(self) -> None:
        """After the first, the others; after all, the word."""
        waiting = [member for member in self._members if not member.serves]
        if self._announced or self._until:
            return
        if not waiting:
            self._announced = True
            self._ready()
        for member in waiting:
            if not member.pid and not member.due:
                member.start(self._body)

    def _start_due(self) -> None:
        now = time.monotonic()
        if self._until:
            if now > self._until:
                self._send(signal.SIGKILL)
            return
        for member in self._members:
            if member.due and now >= member.due:
                self._metrics.process.restarts.inc()
                member.start(self._body)

    def _stop(self, number: int) -> None:
        now = time.monotonic()
        last = now + (_AFTER_SECOND if self._until else self._patience)
        self._until = min(self._until or last, last)
        for member in self._members:
            member.due = 0.0
        self._send(number)

    def _send(self, number: int) -> None:
        for member in self._members:
            member.send(number)


@contextmanager
def _woken() -> Iterator[int]:
    """A file to read the numbers of stop signals from, as they come."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    handlers = [signal.signal(number, lambda *_: None) for number in SIGNALS]
    try:
        yield reader
    finally:
        for number, handler in zip(SIGNALS, handlers, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
