"""Drives the watch stage of one shard: owns it by lease, saves its state with its position."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from detectors.observation import Observation
from monitor.journal.base import Journal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.baselines import BaselineShelf
from monitor.pipeline.codec import decode_observation, decode_state, encode_state
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.watch import Finding, Scores, WatchStage
from monitor.reports.desk import ReportDesk
from monitor.settings import Settings
from monitor.store.base import Lease, LeaseLostError, Store, StoreError

log = logging.getLogger(__name__)

_COUNT = 256
_WAIT = 1.0


@dataclass
class ShardWatch:
    """Watches one shard for as long as this worker owns it.

    After a crash the observations since the last checkpoint are watched again: the rules come to
    the same findings, and the filer counts each once.
    """

    shard: int
    owner: str
    journal: Journal
    store: Store
    settings: Settings
    metrics: WorkerMetrics
    filer: IncidentFiler
    encoder: str
    reports: ReportDesk | None = None
    _failures: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Own the shard whenever it is free, until cancelled.

        Raises
        ------
        StoreError, JournalError
            Redis does not answer; call again.
        """
        ttl = self.settings.worker.lease
        while True:
            lease = await self.store.acquire(self.shard, self.owner, ttl=ttl)
            if lease is None:
                await asyncio.sleep(ttl / 3)
                continue
            self.metrics.shards.inc()
            try:
                await self._own(lease)
            except LeaseLostError:
                log.warning("shard %d went to another worker", self.shard)
            finally:
                self.metrics.shards.dec()

    async def _own(self, lease: Lease) -> None:
        watching = asyncio.ensure_future(self._watch(lease))
        renewing = asyncio.ensure_future(self._renew(lease))
        try:
            done, _ = await asyncio.wait({watching, renewing}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (watching, renewing):
                task.cancel()
            await asyncio.gather(watching, renewing, return_exceptions=True)
            with suppress(StoreError):
                await self.store.release(lease)

    async def _renew(self, lease: Lease) -> None:
        ttl = self.settings.worker.lease
        while True:
            await asyncio.sleep(ttl / 3)
            renewed = await self.store.acquire(self.shard, self.owner, ttl=ttl)
            if renewed is None or renewed.token != lease.token:
                raise LeaseLostError(f"shard {self.shard}")

    async def _watch(self, lease: Lease) -> None:
        shelf = BaselineShelf(self.store, self.encoder)
        stage = WatchStage(
            policy=self.settings.policy,
            baseline_for=shelf.get,
            encoder=self.encoder,
            warmup=self.settings.worker.baseline_warmup,
        )
        position = await self._resume(stage, shelf)
        saved_at, saved = time.monotonic(), position
        while True:
            try:
                batch = await self.journal.observations(
                    self.shard, after=position, count=_COUNT, wait=_WAIT
                )
            except asyncio.CancelledError:
                # Stopped between batches, where state and position agree: the successor need not
                # watch anything twice. Stopped within one, it goes on from the last checkpoint.
                if position != saved:
                    with suppress(StoreError):
                        await self._save(lease, position, stage)
                raise
            if batch:
                await self._judge([decode_observation(data) for _, data in batch], stage, shelf)
                position = batch[-1][0]
            if time.monotonic() - saved_at >= self.settings.worker.checkpoint_every:
                saved_at = time.monotonic()
                await self._refresh(stage, shelf)
                if position != saved:
                    await self._save(lease, position, stage)
                    saved = position

    async def _resume(self, stage: WatchStage, shelf: BaselineShelf) -> str:
        checkpoint = await self.store.load_checkpoint(self.shard)
        if checkpoint is None:
            return ""
        position, data = checkpoint
        state = decode_state(data)
        await shelf.refresh(state)
        await asyncio.to_thread(stage.restore, state)
        return position

    async def _judge(
        self, batch: Sequence[Observation], stage: WatchStage, shelf: BaselineShelf
    ) -> None:
        known = stage.baselines()
        await shelf.refresh({x.model for x in batch} - known.keys())
        # In a thread: fitting a new baseline takes seconds, in which the lease must be renewed.
        judged = await asyncio.to_thread(lambda: [stage.observe(x) for x in batch])
        for x, (scores, findings) in zip(batch, judged, strict=True):
            self._measure(x, scores)
            if self.reports is not None:
                self.reports.see(x, shelf.get(x.model))
            for finding in findings:
                await self._file(finding, stage.baselines()[x.model])
        for model, baseline in stage.built:
            await shelf.keep(model, baseline)
        stage.built.clear()
        self._count_failures(stage)

    async def _file(self, finding: Finding, baseline: str) -> None:
        """File a finding; one that cannot be told costs no other its incident, and is counted."""
        try:
            incident = await self.filer.file(finding, baseline=baseline)
            if incident is not None and self.reports is not None:
                await self.reports.order(incident, finding.detection)
        except StoreError:
            raise
        except Exception:
            self.metrics.failures.labels("filing").inc()
            log.exception("a finding of rule %s could not be filed", finding.detection.rule)

    async def _refresh(self, stage: WatchStage, shelf: BaselineShelf) -> None:
        """Take up baselines that a person promoted meanwhile."""
        for model, baseline in (await shelf.refresh(stage.baselines())).items():
            await asyncio.to_thread(stage.use_baseline, model, baseline)
        without = sum(not name for name in stage.baselines().values())
        self.metrics.baselines.labels(str(self.shard)).set(without)

    async def _save(self, lease: Lease, position: str, stage: WatchStage) -> None:
        state = encode_state(stage.state())
        await self.store.save_checkpoint(lease, position=position, state=state)
        await self.journal.forget(self.shard, through=position)

    def _measure(self, x: Observation, scores: Scores) -> None:
        self.metrics.delay.observe(max(0.0, time.time() - x.at))
        for detector, named in scores.items():
            if detector != "safety":
                for name, value in named.items():
                    self.metrics.score.labels(detector, name).set(value)

    def _count_failures(self, stage: WatchStage) -> None:
        for part, total in stage.failures.items():
            self.metrics.failures.labels(part).inc(total - self._failures[part])
        self._failures = Counter(stage.failures)
