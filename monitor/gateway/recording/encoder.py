"""Reads finished recordings and encodes them, in slices between which traffic goes on."""

from __future__ import annotations

import asyncio
import logging
import time

from monitor.exchange import jsonl
from monitor.exchange.model import Exchange
from monitor.gateway.recording.queue import Queue, Recording
from monitor.journal.spool.record import Record
from monitor.metrics.gateway import UNKNOWN_DIALECT, GatewayMetrics

log = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 64 * 1024 * 1024
LINGER = 0.025  # a batch costs the journal hardly more than one exchange
_SLICE = 0.001


class Encoder:
    """Makes records of the recordings in a queue."""

    def __init__(self, queue: Queue, metrics: GatewayMetrics) -> None:
        self._queue = queue
        self._metrics = metrics

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._queue.came.wait()
            await asyncio.sleep(LINGER)
            await self._encode_slices()

    async def _encode_slices(self) -> None:
        """Encode all that waits, letting traffic go on every `_SLICE` seconds."""
        fresh = self._queue.fresh
        while fresh:
            until = time.monotonic() + _SLICE
            while fresh and time.monotonic() < until:
                self._encode(fresh.popleft())
            await asyncio.sleep(0)
        self._queue.came.clear()
        self._queue.note_empty()

    def _encode(self, recording: Recording) -> None:
        try:
            exchange = recording.finish()
            data = jsonl.encode(exchange)
        except Exception:
            log.exception("a recording could not be read")
            self._metrics.dropped["error"].inc()
            return
        self._measure(exchange, recording)
        if self._queue.bytes + len(data) > MAX_QUEUED_BYTES:
            self._metrics.dropped["queue_bytes"].inc()
            return
        self._queue.add(Record(data, time.time()))

    def _measure(self, exchange: Exchange, recording: Recording) -> None:
        metrics, timing = self._metrics, exchange.timing
        dialect = exchange.dialect or UNKNOWN_DIALECT
        metrics.gaps[dialect].add(recording.answer.gap_counts, recording.answer.gap_sum)
        if timing.own is not None:
            metrics.own.observe(timing.own)
        if timing.ttft is not None:
            metrics.ttft[dialect].observe(timing.ttft)
        if timing.duration is not None:
            metrics.duration[dialect].observe(timing.duration)
        if exchange.unparsed is not None:
            metrics.unparsed[exchange.unparsed].inc()
        for side in exchange.truncated:
            metrics.truncated[side].inc()
