"""The worker: one score loop and a watch on every shard that is free, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry

from detectors.safety.explain import Explainer
from detectors.safety.models.policy import BUILT_IN
from monitor.access.housekeeping import Housekeeping
from monitor.alerts.channels.opening import open_channels
from monitor.alerts.deliverer import Deliverer
from monitor.incidents.detections import Keeping
from monitor.journal.base import Journal, JournalError
from monitor.metrics.alerts import AlertMetrics
from monitor.metrics.exporter import Exporter
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.explaining import Explanations
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.quieting import Quieting
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.scoring import ScoreLoop
from monitor.pipeline.watching import ShardWatch
from monitor.reports.desk import ReportDesk
from monitor.settings import Settings, endpoint
from monitor.store.base import Store, StoreError
from monitor.upstreams.scraper import Scraper

log = logging.getLogger(__name__)

_PAUSE = 1.0


async def work(
    settings: Settings,
    journal: Journal,
    store: Store,
    *,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Run until cancelled. Redis going away is survived: what was begun is taken up again.

    Raises
    ------
    ExporterError
        The metrics address cannot be bound.
    AlertError
        A channel for alerts cannot be used as it is set up.
    """
    address = endpoint(settings.worker.metrics_listen, where="worker.metrics_listen")
    worker = _Worker(settings, journal, store)
    exporter = Exporter(
        address, worker.metrics.registry, health=worker.health, ready=worker.readiness
    )
    try:
        await worker.load()
        if ready is not None:
            ready(address[0], exporter.port)
        await worker.run()
    finally:
        exporter.close()


class _Worker:
    def __init__(self, settings: Settings, journal: Journal, store: Store) -> None:
        self.settings = settings
        self.journal = journal
        self.store = store
        models = settings.policy.safety.models.names or (BUILT_IN,)
        self.metrics = WorkerMetrics(CollectorRegistry(), models=models)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._deliverer = self._alerts()
        self._stage: ScoreStage | None = None
        self._trouble = ""

    def health(self) -> str:
        return ""

    def readiness(self) -> str:
        return self._trouble if self._stage else "the models are being loaded"

    async def load(self) -> None:
        self._stage = await asyncio.to_thread(ScoreStage.load, self.settings.policy.safety)

    async def run(self) -> None:
        assert self._stage is not None
        encoder = self._stage.encoder.name
        explanations = self._explanations(self._stage)
        keeping = Keeping(self.settings.privacy.exchange_ttl, self.settings.store.detections_max)
        filer = IncidentFiler(
            self.store,
            self.settings.policy,
            self.metrics,
            explanations,
            keeping,
            self._stage.versions,
        )
        scoring = ScoreLoop(
            self._stage, self.journal, self.store, self.settings, self.metrics, self.name, filer
        )
        reports, servers = self._desk(), self._servers()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_doing(scoring.step))
            if explanations is not None:
                tasks.create_task(self._keep_doing(explanations.step))
            house = Housekeeping(self.store, self.settings, name=self.name)
            tasks.create_task(self._keep_doing(house.step))
            quiet = self.settings.policy.incidents.quiet
            quieting = Quieting(self.store, self.metrics, quiet=quiet)
            tasks.create_task(self._keep_doing(quieting.step))
            if self._deliverer is not None:
                tasks.create_task(self._keep_doing(self._deliverer.run))
            if reports is not None:
                tasks.create_task(reports.run())
            if servers is not None:
                tasks.create_task(servers.run())
            for shard in range(self.settings.worker.shards):
                watch = ShardWatch(
                    shard,
                    self.name,
                    self.journal,
                    self.store,
                    self.settings,
                    self.metrics,
                    filer,
                    encoder,
                    reports,
                    servers,
                )
                tasks.create_task(self._keep_doing(watch.run))

    def _alerts(self) -> Deliverer | None:
        settings = self.settings.alerts
        if not settings.channels:
            return None
        return Deliverer(
            self.store,
            settings,
            open_channels(settings),
            AlertMetrics(self.metrics.registry, channels=list(settings.channels)),
            name=self.name,
            lease=self.settings.worker.lease,
        )

    def _desk(self) -> ReportDesk | None:
        settings = self.settings.reports
        return ReportDesk(self.store, settings, self.metrics) if settings.enabled else None

    def _servers(self) -> Scraper | None:
        settings = self.settings.worker
        if not settings.server_metrics:
            return None
        return Scraper(settings.server_metrics, self.metrics, every=settings.server_metrics_every)

    def _explanations(self, stage: ScoreStage) -> Explanations | None:
        if not stage.built_in or not self.settings.explain.passes:
            return None
        return Explanations(
            Explainer(stage.built_in, stage.more),
            self.store,
            self.settings.explain,
            self.metrics,
            texts=self.settings.privacy.store_text != "none",
        )

    async def _keep_doing(self, do: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await do()
                self._up()
            except (JournalError, StoreError) as error:
                self._down(error)
                await asyncio.sleep(_PAUSE)

    def _up(self) -> None:
        self._trouble = ""
        self.metrics.store_up.set(1)

    def _down(self, error: Exception) -> None:
        if not self._trouble:
            log.warning("journal or store does not answer: %s", error)
        self._trouble = f"journal or store does not answer: {error}"
        self.metrics.store_up.set(0)
