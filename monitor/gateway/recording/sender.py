"""From memory to the journal, by way of the spool while the journal does not take what comes.

Order is kept: what waits on disk goes first, and what comes meanwhile goes behind it on disk, until
the disk is empty. Without a spool everything waits in memory, as far as it fits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from monitor.gateway.recording.queue import Queue
from monitor.gateway.recording.spooler import LOOK_EVERY, Spooler
from monitor.journal.base import Journal, JournalError
from monitor.journal.spool.record import Record
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)

_BATCH = 256
_BATCH_BYTES = 1024 * 1024
_APPEND_TIMEOUT = 5.0
_CLOSE_TIMEOUT = 5.0
_PATIENCE = 0.5  # longer than this, what waits is safer on disk
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
_TEND_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class _Batch:
    """Records for the journal. `first` is the number that the first one has, or would get, on disk."""

    records: list[Record]
    first: int


class Sender:
    """Hands the records of a queue to the journal, in order and at least once."""

    def __init__(
        self, queue: Queue, journal: Journal, spooler: Spooler | None, metrics: GatewayMetrics
    ) -> None:
        self._queue = queue
        self._journal = journal
        self._spooler = spooler
        self._metrics = metrics
        self._step: asyncio.Task[None] | None = None
        self._up = True
        self._tend_at = 0.0

    @property
    def disk_works(self) -> bool:
        """False where there is a spool and the disk refuses it."""
        return self._spooler is None or self._spooler.takes

    async def run(self) -> None:
        """Go on until cancelled."""
        wait = _FIRST_WAIT
        while True:
            if await self._hand_over():
                wait = _FIRST_WAIT
            else:
                await self._rest(wait)
                wait = min(2 * wait, _LONGEST_WAIT)

    async def close(self) -> None:
        """After `run` was cancelled: put on disk what is left, as far as there is a spool."""
        with suppress(TimeoutError):  # a disk that does not answer
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                if self._step is not None:
                    await asyncio.gather(self._step, return_exceptions=True)
                if self._spooler is not None:
                    await self._aside()
                    await self._spooler.close()

    async def _hand_over(self) -> bool:
        """Append one batch; whether the journal took any of it."""
        try:
            batch = await self._next()
            fitted = await self._append(batch)
            if fitted is not None:
                await self._whole(self._settle(batch, fitted))
        except Exception:
            log.exception("exchanges could not be handed over; trying again")
            return False
        # What the journal has and the disk does not let go of would be sent again at once.
        return bool(fitted) and not (self._backlog and self._spooler and not self._spooler.gives)

    async def _next(self) -> _Batch:
        """What the journal gets next, once there is something."""
        while True:
            await self._whole(self._tend())
            if self._backlog:
                records = await self._head_on_disk()
                if records:
                    assert self._spooler is not None
                    return _Batch(records, self._spooler.state.first)
            elif self._queue.records:
                first = self._spooler.state.first if self._spooler else 0
                return _Batch(self._queue.head(count=_BATCH, size=_BATCH_BYTES), first)
            else:
                spooling = self._spooler is not None
                await self._something(self._tend_at - time.monotonic() if spooling else None)

    async def _head_on_disk(self) -> list[Record]:
        """The oldest records on disk, once everything else is on disk behind them."""
        assert self._spooler is not None
        if self._queue.records:
            await self._whole(self._aside())
        records = await self._spooler.head(count=_BATCH, size=_BATCH_BYTES)
        if not self._spooler.gives:
            await asyncio.sleep(_TEND_EVERY)
        return records

    async def _append(self, batch: _Batch) -> int | None:
        """How many fitted; None if the journal did not answer. What waits meanwhile goes to disk."""
        sending = asyncio.create_task(self._send(batch), name="tap-send")
        try:
            while not (await asyncio.wait({sending}, timeout=_PATIENCE))[0]:
                await self._whole(self._aside())
            fitted = sending.result()
        except (JournalError, TimeoutError) as error:
            self._metrics.journal_errors.inc()
            self._note(error)
            await self._whole(self._aside())
            return None
        finally:
            sending.cancel()
        self._note(None)
        return fitted

    async def _send(self, batch: _Batch) -> int:
        async with asyncio.timeout(_APPEND_TIMEOUT):
            return await self._journal.append([record.data for record in batch.records])

    async def _settle(self, batch: _Batch, fitted: int) -> None:
        """Let go of what the journal has, wherever it is by now."""
        recorded = 0
        if (on_disk := min(fitted, self._on_disk(batch))) and self._spooler is not None:
            recorded = await self._spooler.forget(batch.first + on_disk)
        recorded += self._queue.remove(fitted - on_disk)
        self._metrics.recorded.inc(recorded)
        if fitted == len(batch.records):
            return
        if self._spooler is None:
            lost = self._queue.remove(len(batch.records) - fitted)
            self._metrics.dropped["journal_full"].inc(lost)
        else:
            await self._aside()

    def _on_disk(self, batch: _Batch) -> int:
        """How many of the batch have been put on disk, or came from there."""
        if self._spooler is None:
            return 0
        state = self._spooler.state
        return max(0, state.first + state.records - batch.first)

    async def _aside(self) -> None:
        """Put all that waits in memory on disk, in steps that leave the loop its share of time."""
        if self._spooler is None:
            return
        while True:
            batch = self._queue.head(count=_BATCH, size=_BATCH_BYTES)
            done = await self._spooler.put(batch)
            self._queue.remove(done)
            self._tend_at = min(self._tend_at, time.monotonic() + _TEND_EVERY)
            if done < len(batch) or not self._queue.records:
                return

    async def _tend(self) -> None:
        if self._spooler is not None and time.monotonic() >= self._tend_at:
            more = await self._spooler.tend()
            wait = _TEND_EVERY if self._backlog else LOOK_EVERY
            self._tend_at = time.monotonic() + (0 if more else wait)

    async def _rest(self, seconds: float) -> None:
        """Leave the journal alone for a while; what comes meanwhile goes to disk."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._spooler is None or not self._spooler.takes:
                await asyncio.sleep(left)
                return
            if await self._something(min(left, _TEND_EVERY)):
                await self._whole(self._aside())
            await self._whole(self._tend())

    async def _something(self, within: float | None) -> bool:
        """Wait for a record in memory, for so many seconds at most; whether there is one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._queue.encoded.wait()
        return self._queue.encoded.is_set()

    async def _whole(self, step: Coroutine[Any, Any, None]) -> None:
        """Carry a step to its end, also when this is cancelled meanwhile: see `close`."""
        self._step = asyncio.create_task(step, name="tap-step")
        await asyncio.shield(self._step)

    @property
    def _backlog(self) -> int:
        return self._spooler.state.records if self._spooler is not None else 0

    def _note(self, error: Exception | None) -> None:
        if (up := error is None) != self._up:
            if up:
                log.warning("the journal answers again")
            else:
                log.warning("the journal does not answer (%s)", type(error).__name__)
        self._up = up
        self._metrics.journal_up.set(int(up))
