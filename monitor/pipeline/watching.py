"""Drives the watch stage of one shard: owns it by lease, saves its state with its position."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from detectors.observation import Observation
from detectors.safety.builtin import screen_version
from detectors.text.added import Added
from monitor.baselines.traffic import Traffic
from monitor.incidents.incident import Incident
from monitor.journal.base import Journal
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.baselines import BaselineShelf
from monitor.pipeline.codec import decode_observation, decode_state, encode_state
from monitor.pipeline.desk import IncidentDesk
from monitor.pipeline.draft import Filed
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.recovering import recovered, replaced
from monitor.pipeline.watch import Finding, Scores, WatchStage, models_of
from monitor.reports.desk import ReportDesk
from monitor.settings import Settings
from monitor.store.base import Lease, LeaseLostError, Store, StoreError
from monitor.upstreams.scraper import Scraper

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
    servers: Scraper | None = None
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
        screen = screen_version()
        shelf = BaselineShelf(self.store, self.encoder, screen, Added.load().names)
        stage = WatchStage(
            policy=self.settings.policy,
            baseline_for=shelf.get,
            encoder=self.encoder,
            screen=screen,
            warmup=self.settings.worker.baseline_warmup,
        )
        desk = IncidentDesk(self.filer, self.reports, self.servers)
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
                        await desk.settle()
                        await self._save(lease, position, stage)
                raise
            if batch:
                observations = [decode_observation(data) for _, data in batch]
                await self._judge(observations, stage, shelf, desk)
                position = batch[-1][0]
            await desk.write()
            if time.monotonic() - saved_at >= self.settings.worker.checkpoint_every:
                saved_at = time.monotonic()
                await self._refresh(stage, shelf)
                if position != saved:
                    await desk.settle()
                    await self._save(lease, position, stage)
                    saved = position

    async def _resume(self, stage: WatchStage, shelf: BaselineShelf) -> str:
        checkpoint = await self.store.load_checkpoint(self.shard)
        if checkpoint is None:
            return ""
        position, data = checkpoint
        state = decode_state(data)
        models = models_of(state)
        await shelf.refresh(models)
        await self._use_narrow(stage, shelf, models)
        await asyncio.to_thread(stage.restore, state)
        await self._end_replaced(stage, shelf)
        return position

    async def _judge(
        self,
        batch: Sequence[Observation],
        stage: WatchStage,
        shelf: BaselineShelf,
        desk: IncidentDesk,
    ) -> None:
        known = stage.baselines()
        new = {x.model for x in batch} - known.keys()
        if new:
            await shelf.refresh(new)
            await self._use_narrow(stage, shelf, new)
        # In a thread: fitting a new baseline takes seconds, in which the lease must be renewed.
        judged = await asyncio.to_thread(stage.observe_all, batch)
        # Before any finding is filed: its bundle names the baseline as the store does.
        for model, baseline in stage.built:
            await shelf.keep(model, baseline)
        stage.built.clear()
        for one in judged:
            x = one.x
            self._measure(x, one.scores)
            self._show_reports(x, shelf)
            # What is over goes first, or a new finding would join an incident about to be resolved.
            if one.recoveries:
                await desk.settle()
            for recovery in one.recoveries:
                self._count_recovered(await recovered(self.store, recovery))
            desk.take(x, [Filed(each, *_judge_of(each, shelf)) for each in one.findings])
        self._count_failures(stage)

    def _show_reports(self, x: Observation, shelf: BaselineShelf) -> None:
        """Let the reports that may be ordered remember an exchange, of the whole and of its parts."""
        if self.reports is None:
            return
        self.reports.see(x, Traffic(x.model), shelf.get(x.model))
        for part, baseline in shelf.narrow(x.model).items():
            if part.holds(x):
                self.reports.see(x, part, baseline)

    async def _refresh(self, stage: WatchStage, shelf: BaselineShelf) -> None:
        """Take up baselines that a person promoted meanwhile."""
        for model, baseline in (await shelf.refresh(stage.baselines())).items():
            log.info("model %s is judged by baseline %s from now on", model, baseline.name)
            await asyncio.to_thread(stage.use_baseline, model, baseline)
        await self._use_narrow(stage, shelf, stage.baselines())
        await self._end_replaced(stage, shelf)
        named = stage.baselines()
        without = sum(not name for name in named.values())
        self.metrics.baselines.labels(str(self.shard)).set(without)
        self.metrics.provisional.labels(str(self.shard)).set(sum(map(shelf.is_provisional, named)))

    async def _use_narrow(
        self, stage: WatchStage, shelf: BaselineShelf, models: Iterable[str]
    ) -> None:
        """Watch the routes and tenants of these models that a baseline was promoted for."""
        await shelf.refresh_narrow()
        for model in models:
            await asyncio.to_thread(stage.narrow.use, model, shelf.narrow(model))

    async def _end_replaced(self, stage: WatchStage, shelf: BaselineShelf) -> None:
        """Resolve what was found against a baseline that no longer counts."""
        for model in stage.began_anew:
            baseline = shelf.get(model)
            told = baseline.name if baseline else "none"
            whole = Traffic(model)
            self._count_recovered(await replaced(self.store, whole, told, at=time.time()))
        stage.began_anew.clear()
        for part in stage.narrow.began_anew:
            judge = shelf.narrow(part.model).get(part)
            told = judge.name if judge else "that of the whole only"
            self._count_recovered(await replaced(self.store, part, told, at=time.time()))
        stage.narrow.began_anew.clear()

    def _count_recovered(self, incidents: list[Incident]) -> None:
        for incident in incidents:
            self.metrics.recovered.labels(incident.detector).inc()

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


def _judge_of(finding: Finding, shelf: BaselineShelf) -> tuple[str, bool]:
    """Name of the baseline behind a finding, "" if there is none; whether it is provisional."""
    model = finding.observation.model
    part = Traffic.of(finding.detection)
    if finding.detection.detector == "drift" and part.is_narrow:
        narrow = shelf.narrow(model).get(part)
        return narrow.name if narrow else "", False
    baseline = shelf.get(model)
    return baseline.name if baseline else "", shelf.is_provisional(model)
