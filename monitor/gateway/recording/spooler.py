"""The disk spool of a gateway, behind a thread of its own: the event loop never waits for a disk.

Its counters and gauges are kept on the loop, in one step with what is taken out of memory, so the
account of exchanges is right whenever somebody looks at it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from monitor.journal.spool.place import SpoolPlace
from monitor.journal.spool.record import Record
from monitor.journal.spool.segments import State
from monitor.journal.spool.spool import Spool
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0
_OPENED, _WRITTEN, _READ, _SEARCHED = "opened", "written", "read", "searched"

T = TypeVar("T")


class Spooler:
    """A spool that is opened when first used, and used by one thread only.

    No call raises for what the disk does, and each is tried anew: what does not work is logged when
    that changes.
    """

    def __init__(self, place: SpoolPlace, metrics: GatewayMetrics) -> None:
        self._place = place
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._spool: Spool | None = None
        self._failing: set[str] = set()
        self._look_at = 0.0
        self.state = State()
        metrics.spool_oldest.read = self._age

    @property
    def takes(self) -> bool:
        """Whether it could be written to the last time."""
        return not self._failing & {_OPENED, _WRITTEN}

    @property
    def gives(self) -> bool:
        """Whether it could be read the last time."""
        return not self._failing & {_OPENED, _READ}

    async def put(self, batch: Sequence[Record]) -> int:
        """Add records; how many the disk took."""
        done = await self._do(_WRITTEN, partial(_put, batch=batch), otherwise=0)
        self._metrics.spooled.inc(sum(record.exchanges for record in batch[:done]))
        return done

    async def head(self, *, count: int, size: int) -> list[Record]:
        """The oldest records, as `Spool.read` gives them; none if they cannot be had."""
        return await self._do(_READ, lambda spool: spool.read(count=count, size=size), otherwise=[])

    async def forget(self, through: int) -> int:
        """Remove the records numbered below `through`; how many exchanges that still were."""
        exchanges = await self._do(_READ, lambda spool: spool.forget(through), otherwise=0)
        self._metrics.spool_drained.inc(exchanges)
        return exchanges

    async def tend(self) -> bool:
        """Do what time asks for, and adopt one segment of an ended process if there is one.

        Whether there may be more to adopt.
        """
        look = time.monotonic() >= self._look_at
        if look:
            self._look_at = time.monotonic() + LOOK_EVERY
        adopted = await self._do(_SEARCHED, partial(_tend, look=look), otherwise=None)
        self._metrics.spool_adopted.inc(adopted or 0)
        return adopted is not None

    async def close(self) -> None:
        """Leave what the spool holds to the next gateway."""
        spool, self._spool = self._spool, None
        if spool is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, spool.close)
        self._metrics.spool_left.inc(self.state.exchanges)
        self._show(State())
        self._thread.shutdown(wait=False)

    async def _do(self, what: str, call: Callable[[Spool], T], *, otherwise: T) -> T:
        """Make a call in the thread, and keep the books."""
        loop = asyncio.get_running_loop()
        try:
            spool = self._spool
            if spool is None:
                spool = self._spool = await loop.run_in_executor(self._thread, self._place.open)
        except OSError as error:
            self._note(_OPENED, error)
            return otherwise
        self._note(_OPENED, None)
        step = await loop.run_in_executor(self._thread, _step, spool, call)
        self._show(step.state)
        for reason, count in step.lost.items():
            self._metrics.dropped[reason].inc(count)
        self._note(what, step.error)
        return otherwise if step.answer is None else step.answer

    def _show(self, state: State) -> None:
        self.state = state
        self._metrics.spool_bytes.set(state.bytes)
        self._metrics.spool_exchanges.set(state.exchanges)

    def _note(self, what: str, error: OSError | None) -> None:
        if error is None and what in self._failing:
            self._failing.discard(what)
            log.warning("the spool in %s can be %s again", self._place.root, what)
        elif error is not None and what not in self._failing:
            self._failing.add(what)
            why = error.strerror or type(error).__name__
            log.warning("the spool in %s cannot be %s: %s", self._place.root, what, why)

    def _age(self) -> float:
        return max(0.0, time.time() - self.state.oldest) if self.state.records else 0.0


@dataclass(frozen=True, slots=True)
class _Step(Generic[T]):
    """What a call came to, and what the spool then held and had lost. An error goes without answer."""

    answer: T | None
    error: OSError | None
    state: State
    lost: Counter[str]


def _step(spool: Spool, call: Callable[[Spool], T]) -> _Step[T]:
    answer, error = None, None
    try:
        answer = call(spool)
    except OSError as cause:
        error = cause
    return _Step(answer, error, spool.state, spool.take_losses())


def _put(spool: Spool, *, batch: Sequence[Record]) -> int:
    done = spool.append(batch)
    spool.tend()
    return done


def _tend(spool: Spool, *, look: bool) -> int | None:
    if look:
        spool.take_over()
    spool.tend()
    return spool.adopt()
