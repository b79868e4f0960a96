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
from functools import partial
from typing import TypeVar

from monitor.journal.spool.place import SpoolPlace
from monitor.journal.spool.record import Record
from monitor.journal.spool.spool import Spool, State
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0

T = TypeVar("T")


class Spooler:
    """A spool that is opened when first used, and used by one thread only.

    No call raises for what the disk does: `works` says whether the last one went well, and a change
    of that is logged. A spool that cannot be opened or written is tried again with each call.
    """

    def __init__(self, place: SpoolPlace, metrics: GatewayMetrics) -> None:
        self._place = place
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._spool: Spool | None = None
        self._look_at = 0.0
        self.state = State()
        self.works = True
        metrics.spool_oldest.read = self._age

    async def put(self, batch: Sequence[Record]) -> int:
        """Add records; how many the disk took."""
        done = await self._do(partial(_put, batch=batch), otherwise=0)
        self._metrics.spooled.inc(sum(record.exchanges for record in batch[:done]))
        return done

    async def head(self, *, count: int, size: int) -> list[Record]:
        """The oldest records, as `Spool.read` gives them; none if they cannot be had."""
        return await self._do(lambda spool: spool.read(count=count, size=size), otherwise=[])

    async def forget(self, through: int) -> int:
        """Remove the records numbered below `through`; how many exchanges that still were."""
        exchanges = await self._do(lambda spool: spool.forget(through), otherwise=0)
        self._metrics.spool_drained.inc(exchanges)
        return exchanges

    async def tend(self) -> bool:
        """Do what time asks for, and adopt one segment of an ended process if there is one.

        Whether there may be more to adopt. A call is cheap.
        """
        look = time.monotonic() >= self._look_at
        if look:
            self._look_at = time.monotonic() + LOOK_EVERY
        adopted = await self._do(partial(_tend, look=look), otherwise=None)
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

    async def _do(self, call: Callable[[Spool], T], *, otherwise: T) -> T:
        """Make a call in the thread, and keep the books."""
        loop = asyncio.get_running_loop()
        try:
            answer, state, lost, error = await loop.run_in_executor(self._thread, self._call, call)
        except OSError as cause:
            self._note(cause)
            return otherwise
        self._show(state)
        for reason, count in lost.items():
            self._metrics.dropped[reason].inc(count)
        self._note(error)
        return otherwise if error is not None or answer is None else answer

    def _call(
        self, call: Callable[[Spool], T]
    ) -> tuple[T | None, State, Counter[str], OSError | None]:
        """Runs in the thread."""
        if self._spool is None:
            self._spool = self._place.open()
        spool, answer, error = self._spool, None, None
        try:
            answer = call(spool)
        except OSError as cause:
            error = cause
        lost, spool.lost = spool.lost, Counter()
        return answer, spool.state, lost, error

    def _show(self, state: State) -> None:
        self.state = state
        self._metrics.spool_bytes.set(state.bytes)
        self._metrics.spool_exchanges.set(state.exchanges)

    def _note(self, error: OSError | None) -> None:
        if self.works and error is not None:
            log.warning(
                "the spool in %s does not work (%s); exchanges wait in memory only",
                *(self._place.root, error.strerror or type(error).__name__),
            )
        elif not self.works and error is None:
            log.warning("the spool in %s works again", self._place.root)
        self.works = error is None

    def _age(self) -> float:
        return max(0.0, time.time() - self.state.oldest) if self.state.records else 0.0


def _put(spool: Spool, *, batch: Sequence[Record]) -> int:
    done = spool.append(batch) if batch else 0
    spool.expire()
    spool.sync()
    return done


def _tend(spool: Spool, *, look: bool) -> int | None:
    if look:
        spool.take_over()
    spool.expire()
    spool.sync()
    return spool.adopt()
