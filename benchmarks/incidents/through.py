"""A recording through the worker's own stages, journal and store included."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from detectors.origin import Origin
from monitor.baselines.building import Selection, build
from monitor.baselines.keeping import keep
from monitor.exchange import jsonl
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.scoring import ScoreLoop
from monitor.pipeline.watching import ShardWatch
from monitor.settings import PrivacySettings, Settings, WorkerSettings
from monitor.store.base import IncidentQuery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from detectors.baseline import Baseline
    from detectors.observation import Observation
    from monitor.exchange.model import Exchange
    from monitor.incidents.incident import Incident
    from monitor.journal.base import Journal
    from monitor.pipeline.score import ScoreStage
    from monitor.store.base import Store

SETTINGS = Settings(
    worker=WorkerSettings(checkpoint_every=1.0), privacy=PrivacySettings(exchange_ttl=30 * 86_400.0)
)
_WAITING = 2_000
_APPENDED = 200


class Remembering:
    """A score stage that scores an exchange once, so that several stores see the same."""

    def __init__(self, stage: ScoreStage) -> None:
        self._stage = stage
        self._known: dict[str, Observation] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self._stage, name)

    def score(self, exchanges: Sequence[Exchange]) -> list[Observation]:
        """What the stage says of them."""
        new = [x for x in exchanges if x.id not in self._known]
        scored = self._stage.score(new)
        self._known |= {x.id: seen for x, seen in zip(new, scored, strict=True)}
        return [self._known[x.id] for x in exchanges]


def baselines(models: Iterable[str], exchanges: Sequence[Exchange]) -> Iterator[Baseline]:
    """Build a baseline of each model's exchanges."""
    for model in models:
        chosen = Selection(model=model)
        policy, origin = SETTINGS.policy, Origin(how="file")
        yield build(exchanges, model, policy, origin=origin, selection=chosen)


async def through(
    exchanges: Iterable[Exchange],
    *,
    stage: Remembering,
    known: Sequence[Baseline],
    journal: Journal,
    store: Store,
) -> list[Incident]:
    """Let the stages work until all is judged; the incidents, those first that were seen first.

    `known` are baselines, each named as its model.
    """
    for baseline in known:
        record = await keep(store, baseline, model=baseline.name)
        await store.promote_baseline(record.name, model=baseline.name)
    async with _working(stage, journal, store):
        batch: list[bytes] = []
        for exchange in exchanges:
            batch.append(jsonl.encode(exchange))
            if len(batch) == _APPENDED:
                await _append(journal, batch)
                batch = []
        await _append(journal, batch)
        await _until(journal, 0)
    return await _incidents(store)


@asynccontextmanager
async def _working(stage: Remembering, journal: Journal, store: Store) -> AsyncIterator[None]:
    metrics = WorkerMetrics(CollectorRegistry())
    filer = IncidentFiler(store, SETTINGS.policy, metrics)
    loop = ScoreLoop(stage, journal, store, SETTINGS, metrics, "bench", filer)  # type: ignore[arg-type]
    encoder = stage.encoder.name  # type: ignore[attr-defined]
    watches = [
        ShardWatch(shard, "bench", journal, store, SETTINGS, metrics, filer, encoder)
        for shard in range(SETTINGS.worker.shards)
    ]
    tasks = [asyncio.ensure_future(each.run()) for each in watches]
    tasks.append(asyncio.ensure_future(_score(loop)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _score(loop: ScoreLoop) -> None:
    while True:
        await loop.step()


async def _append(journal: Journal, batch: Sequence[bytes]) -> None:
    await _until(journal, _WAITING)
    if await journal.append(batch) != len(batch):
        raise RuntimeError("the journal is full")


async def _until(journal: Journal, waiting: int) -> None:
    while True:
        backlog = await journal.backlog()
        if backlog.dead:
            raise RuntimeError("an exchange was given up")
        if backlog.exchanges + backlog.observations <= waiting:
            return
        await asyncio.sleep(0.05)


async def _incidents(store: Store) -> list[Incident]:
    found: list[Incident] = []
    cursor = ""
    while True:
        page = await store.incidents(IncidentQuery(limit=500, cursor=cursor))
        found += page.items
        cursor = page.cursor
        if not cursor:
            return sorted(found, key=lambda each: (each.first_seen, each.id))
