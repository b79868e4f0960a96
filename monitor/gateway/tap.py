"""The tap: finished recordings on their way to the journal, never in the way of traffic.

`put` is all that the request path calls: it appends to a bounded queue, or counts a loss. Behind
it one task reads the recordings and encodes them, and another appends them to the journal, as long
as it takes; what a journal refuses or cannot take within the bound is counted by reason.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from itertools import islice
from typing import Protocol

from monitor.exchange import jsonl
from monitor.exchange.answer import Answer
from monitor.exchange.model import Exchange
from monitor.journal.base import Journal, JournalError
from monitor.metrics.gateway import UNKNOWN_DIALECT, GatewayMetrics

log = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 64 * 1024 * 1024
_BATCH = 256
_SLICE = 0.001
_LINGER = 0.025  # a batch costs the journal hardly more than one exchange
_APPEND_TIMEOUT = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0


class Recording(Protocol):
    """A recording that nothing more is told to."""

    answer: Answer

    def finish(self) -> Exchange:
        """The exchange."""
        ...


class Tap:
    """Takes recordings from the request path; `bound` of them may wait at once."""

    def __init__(self, journal: Journal, *, bound: int, metrics: GatewayMetrics) -> None:
        self._journal = journal
        self._bound = bound
        self._metrics = metrics
        self._fresh: deque[Recording] = deque()
        self._encoded: deque[tuple[bytes, int]] = deque()  # and how many exchanges: 1, or 0
        self._bytes = 0
        self._fresh_came = asyncio.Event()
        self._encoded_came = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._tasks: list[asyncio.Task[None]] = []
        metrics.gauge("queue_depth", "Exchanges waiting for the journal.", lambda: self.depth)

    @property
    def depth(self) -> int:
        """Recordings waiting."""
        return len(self._fresh) + len(self._encoded)

    def start(self) -> None:
        """Begin to empty the queue, on the running loop."""
        self._tasks = [
            asyncio.create_task(self._encode_all(), name="tap-encode"),
            asyncio.create_task(self._append_all(), name="tap-append"),
        ]

    def put(self, recorder: Recording) -> None:
        """Take a finished recording."""
        self._metrics.seen.inc()
        waiting = len(self._fresh)
        if waiting + len(self._encoded) >= self._bound:
            self._drop("queue_full")
            return
        self._fresh.append(recorder)
        if not waiting:
            self._empty.clear()
            self._fresh_came.set()

    def notice(self, exchange: Exchange) -> None:
        """Take the notice of a stalled stream, which goes before the finished exchange."""
        if self.depth < self._bound:
            self._empty.clear()
            self._queue(jsonl.encode(exchange), exchanges=0)

    async def close(self, *, within: float) -> None:
        """Empty the queue for at most `within` seconds; what is left is counted as dropped."""
        try:
            async with asyncio.timeout(within):
                await self._empty.wait()
        except TimeoutError:
            log.warning("the journal did not take %d exchanges before the end", self.depth)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        waiting = len(self._fresh) + sum(exchanges for _, exchanges in self._encoded)
        self._drop("shutdown", waiting)
        self._fresh.clear()
        self._encoded.clear()

    async def _encode_all(self) -> None:
        while True:
            await self._fresh_came.wait()
            await asyncio.sleep(_LINGER)
            await self._encode_slices()

    async def _encode_slices(self) -> None:
        """Encode all that waits, letting traffic go on every `_SLICE` seconds."""
        while self._fresh:
            until = time.monotonic() + _SLICE
            while self._fresh and time.monotonic() < until:
                self._encode(self._fresh.popleft())
            await asyncio.sleep(0)
        self._fresh_came.clear()
        self._note_empty()

    def _encode(self, recorder: Recording) -> None:
        try:
            exchange = recorder.finish()
            data = jsonl.encode(exchange)
        except Exception:
            log.exception("a recording could not be read")
            self._drop("error")
            return
        self._measure(exchange, recorder)
        if self._bytes + len(data) > MAX_QUEUED_BYTES:
            self._drop("queue_bytes")
            return
        self._queue(data, exchanges=1)

    def _queue(self, data: bytes, *, exchanges: int) -> None:
        self._bytes += len(data)
        self._encoded.append((data, exchanges))
        self._encoded_came.set()

    def _measure(self, exchange: Exchange, recorder: Recording) -> None:
        metrics, timing = self._metrics, exchange.timing
        dialect = exchange.dialect or UNKNOWN_DIALECT
        metrics.gaps[dialect].add(recorder.answer.gap_counts, recorder.answer.gap_sum)
        if timing.ttft is not None:
            metrics.ttft[dialect].observe(timing.ttft)
        if timing.duration is not None:
            metrics.duration[dialect].observe(timing.duration)
        if exchange.unparsed is not None:
            metrics.unparsed[exchange.unparsed].inc()
        for side in exchange.truncated:
            metrics.truncated[side].inc()

    async def _append_all(self) -> None:
        while True:
            await self._encoded_came.wait()
            while self._encoded:
                await self._append_batch()
            self._encoded_came.clear()
            self._note_empty()

    async def _append_batch(self) -> None:
        batch = list(islice(self._encoded, _BATCH))
        fitted = await self._append([data for data, _ in batch])
        for data, _ in batch:
            self._bytes -= len(data)
            self._encoded.popleft()
        self._metrics.recorded.inc(sum(exchanges for _, exchanges in batch[:fitted]))
        self._drop("journal_full", sum(exchanges for _, exchanges in batch[fitted:]))

    async def _append(self, batch: list[bytes]) -> int:
        """Append until the journal has answered; how many fit."""
        wait = _FIRST_WAIT
        while True:
            try:
                async with asyncio.timeout(_APPEND_TIMEOUT):
                    fitted = await self._journal.append(batch)
            except (JournalError, TimeoutError) as error:
                self._metrics.journal_errors.inc()
                self._metrics.journal_up.set(0)
                log.warning("the journal did not answer (%s); trying again", type(error).__name__)
            else:
                self._metrics.journal_up.set(1)
                return fitted
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _note_empty(self) -> None:
        if self.depth == 0:
            self._empty.set()

    def _drop(self, reason: str, count: int = 1) -> None:
        if count:
            self._metrics.dropped[reason].inc(count)
