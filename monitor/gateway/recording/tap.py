"""The tap: finished recordings on their way to the journal, never in the way of traffic.

`put` is all that the request path calls: it appends to a bounded queue, or counts a loss. Behind
it one task reads the recordings and encodes them, and another hands them to the journal, or to a
spool on disk while the journal does not take them. What neither takes is counted by reason.
"""

from __future__ import annotations

import asyncio
import logging
import time

from monitor.exchange import jsonl
from monitor.exchange.model import Exchange
from monitor.gateway.recording.encoder import MAX_QUEUED_BYTES, Encoder
from monitor.gateway.recording.queue import Queue, Recording
from monitor.gateway.recording.sender import Sender
from monitor.gateway.recording.spooler import Spooler
from monitor.journal.base import Journal
from monitor.journal.spool.place import SpoolPlace
from monitor.journal.spool.record import Record
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)


class Tap:
    """Takes recordings from the request path; `bound` of them may wait in memory at once.

    With a place for a `spool`, what the journal does not take waits there.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        bound: int,
        metrics: GatewayMetrics,
        spool: SpoolPlace | None = None,
    ) -> None:
        self._bound = bound
        self._metrics = metrics
        self._queue = Queue()
        self._encoder = Encoder(self._queue, metrics)
        spooler = Spooler(spool, metrics) if spool is not None else None
        self._sender = Sender(self._queue, journal, spooler, metrics)
        self._tasks: list[asyncio.Task[None]] = []
        metrics.gauge(
            "queue_depth",
            "Exchanges waiting in memory for the journal.",
            lambda: self._queue.exchanges,
        )

    @property
    def depth(self) -> int:
        """Recordings and notices waiting in memory."""
        return len(self._queue)

    def start(self) -> None:
        """Begin to empty the queue, on the running loop."""
        self._tasks = [
            asyncio.create_task(self._encoder.run(), name="tap-encode"),
            asyncio.create_task(self._sender.run(), name="tap-append"),
        ]

    def put(self, recorder: Recording) -> None:
        """Take a finished recording."""
        self._metrics.seen.inc()
        queue = self._queue
        waiting = len(queue.fresh)
        if waiting + len(queue.records) >= self._bound:
            self._refuse()
            return
        queue.fresh.append(recorder)
        if not waiting:
            queue.empty.clear()
            queue.came.set()

    def notice(self, exchange: Exchange) -> None:
        """Take the notice of a stream under way, which goes before the finished exchange.

        One for which there is no room is left out: the finished exchange says it all.
        """
        data = jsonl.encode(exchange)
        if self.depth < self._bound and self._queue.bytes + len(data) <= MAX_QUEUED_BYTES:
            self._queue.add(Record(data, time.time(), exchanges=0))

    async def close(self, *, within: float) -> None:
        """Empty the queue for at most `within` seconds; what is left is counted as dropped."""
        try:
            async with asyncio.timeout(within):
                await self._queue.empty.wait()
        except TimeoutError:
            log.warning("the journal did not take %d exchanges before the end", self.depth)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()
        self._metrics.dropped["shutdown"].inc(self._queue.clear())

    def _refuse(self) -> None:
        reason = "queue_full" if self._sender.disk_works else "spool_error"
        self._metrics.dropped[reason].inc()
