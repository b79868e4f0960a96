"""Drives the score stage: takes exchanges from the journal, passes observations on."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

import msgspec

from detectors.observation import Observation
from detectors.safety.models.policy import BUILT_IN
from monitor.access.erased import was_erased
from monitor.exchange import jsonl
from monitor.exchange.model import Exchange
from monitor.journal.base import Entry, Journal, Scored
from monitor.metrics.labels import LANGUAGES, among
from monitor.metrics.worker import WorkerMetrics
from monitor.pipeline.codec import encode_observation
from monitor.pipeline.failing import FailingModels
from monitor.pipeline.filing import IncidentFiler
from monitor.pipeline.observe import ABSENT
from monitor.pipeline.score import ScoreStage
from monitor.pipeline.watch import Finding
from monitor.record import encode_record, make_record
from monitor.settings import Settings
from monitor.store.base import Store, StoreError
from monitor.surroundings.turns import turn_of

log = logging.getLogger(__name__)

_WAIT = 1.0


@dataclass
class ScoreLoop:
    """One consumer of the journal. Whatever it takes it commits, retries or buries, and counts.

    With a `filer`, a safety model that goes on failing is an incident.
    """

    stage: ScoreStage
    journal: Journal
    store: Store
    settings: Settings
    metrics: WorkerMetrics
    consumer: str
    filer: IncidentFiler | None = None
    _next_claim: float = 0.0
    _failures: Counter[str] = field(default_factory=Counter)
    _model_failures: Counter[str] = field(default_factory=Counter)
    _failing: FailingModels = field(default_factory=FailingModels)

    async def step(self) -> int:
        """Score what there is, waiting up to a second for it; how many exchanges were taken.

        Raises
        ------
        JournalError, StoreError
            Redis does not answer; what was taken is handed out again later.
        """
        await self._observe_backlog()
        for entry in await self._abandoned():
            await self._retry(entry)
        entries = await self.journal.read(
            self.consumer, count=self.settings.worker.batch, wait=_WAIT
        )
        await self._process(entries)
        return len(entries)

    async def _abandoned(self) -> list[Entry]:
        """Entries that some worker took and never finished, looked for now and then."""
        now = time.monotonic()
        if now < self._next_claim:
            return []
        idle = self.settings.worker.claim_idle
        self._next_claim = now + idle / 4
        return await self.journal.claim(self.consumer, idle=idle, count=self.settings.worker.batch)

    async def _retry(self, entry: Entry) -> None:
        """Once more, alone, so that one poisonous exchange takes no others along."""
        self.metrics.retried.inc()
        limit = self.settings.worker.max_deliveries
        if entry.deliveries > limit:
            await self._bury(entry, f"not finished in {limit} tries")
        else:
            await self._process([entry])

    async def _process(self, entries: Sequence[Entry]) -> None:
        batch = []
        for entry in entries:
            try:
                batch.append((entry, jsonl.decode(entry.data)))
            except msgspec.MsgspecError as error:
                await self._bury(entry, f"not an exchange: {error}")
        if not batch:
            return
        with self.metrics.batch_seconds.time():
            # In a thread: leases are renewed and metrics served while a batch is scored.
            observations = await asyncio.to_thread(self.stage.score, [x for _, x in batch])
        await self._pass_on(batch, observations)
        await self._report_models(observations)

    async def _pass_on(
        self, batch: list[tuple[Entry, Exchange]], observations: list[Observation]
    ) -> None:
        # In a thread: to look for personal data takes a while where others look too.
        records = await asyncio.to_thread(self._records, batch, observations)
        kept = await self._unerased(batch)
        batch, observations = list(compress(batch, kept)), list(compress(observations, kept))
        scored = [
            Scored(
                entry=entry,
                key=_key(exchange),
                shard=shard_of(exchange.model, self.settings.worker.shards),
                observation=encode_observation(x),
            )
            for (entry, exchange), x in zip(batch, observations, strict=True)
        ]
        await self._keep(batch, list(compress(records, kept)))
        new = await self.journal.commit(scored)
        self._count(observations, new)
        await self.store.add_counts({"scored": new, "duplicates": len(scored) - new})

    async def _unerased(self, batch: list[tuple[Entry, Exchange]]) -> list[bool]:
        """Which to keep. Others are of somebody who was erased since: they were in a spool, or here."""
        erasures = await self.store.erasures()
        kept = [not was_erased(x.tenant, x.user, x.ts, erasures) for _, x in batch]
        if not all(kept):
            gone = [entry for (entry, _), keep in zip(batch, kept, strict=True) if not keep]
            await self.store.add_counts({"erased": await self.journal.drop(gone)})
        return kept

    async def _keep(
        self, batch: list[tuple[Entry, Exchange]], records: list[tuple[str, float, bytes]]
    ) -> None:
        """Keep the records; that of a notice never in place of its finished exchange."""
        ttl = self.settings.privacy.exchange_ttl
        done = [exchange.state == "done" for _, exchange in batch]
        notices = [one for one, over in zip(records, done, strict=True) if not over]
        if notices:
            await self.store.put_notices(notices, ttl=ttl)
        finished = [one for one, over in zip(records, done, strict=True) if over]
        await self.store.put_exchanges(finished, ttl=ttl)
        turns = [turn for _, exchange in batch if (turn := turn_of(exchange))]
        if turns:
            await self.store.put_turns(turns, ttl=ttl)

    def _records(
        self, batch: list[tuple[Entry, Exchange]], observations: list[Observation]
    ) -> list[tuple[str, float, bytes]]:
        mode, policy = self.settings.privacy.store_text, self.settings.policy.version
        made = (
            make_record(exchange, x, mode=mode, policy=policy, more=self.stage.more)
            for (_, exchange), x in zip(batch, observations, strict=True)
        )
        return [(one.exchange.id, one.exchange.ts, encode_record(one)) for one in made]

    async def _report_models(self, observations: Sequence[Observation]) -> None:
        for finding in self._failing.seen(self.stage.circuits, observations):
            if self.filer is not None:
                await self._file(self.filer, finding)

    async def _file(self, filer: IncidentFiler, finding: Finding) -> None:
        """File a finding of our own; what cannot be told does not stop the scoring."""
        try:
            await filer.file(finding)
        except StoreError:
            raise
        except Exception:
            self.metrics.failures.labels("filing").inc()
            log.exception("a finding of rule %s could not be filed", finding.detection.rule)

    def _count(self, observations: Sequence[Observation], new: int) -> None:
        self.metrics.scored.inc(new)
        for x in observations:
            for side, reason in x.unscored.items():
                if reason != ABSENT:
                    self.metrics.unscored.labels(side, reason).inc()
            for side, codes in x.languages.items():
                self.metrics.texts.labels(side, among(LANGUAGES, codes[0])).inc()
            for part, scores in x.scores.items():
                self.metrics.safety.labels(part).observe(scores["unsafe"])
        if not self.stage.circuits:
            failed = self.stage.failures["safety"] - self._failures["safety"]
            self.metrics.model_up.labels(BUILT_IN).set(not failed)
            self.metrics.model_failures.labels(BUILT_IN).inc(failed)
        for part, total in self.stage.failures.items():
            self.metrics.failures.labels(part).inc(total - self._failures[part])
        self._failures = Counter(self.stage.failures)
        for model, total in self.stage.model_failures.items():
            self.metrics.model_failures.labels(model).inc(total - self._model_failures[model])
        self._model_failures = Counter(self.stage.model_failures)
        for model, circuit in self.stage.circuits.items():
            self.metrics.model_up.labels(model).set(circuit.up)

    async def _bury(self, entry: Entry, reason: str) -> None:
        self.metrics.dead.inc()
        log.error("an exchange was given up: %s", reason)
        await self.journal.bury(entry, reason=reason)
        await self.store.add_counts({"dead": 1})

    async def _observe_backlog(self) -> None:
        backlog = await self.journal.backlog()
        for stream in ("exchanges", "pending", "observations", "dead"):
            self.metrics.backlog.labels(stream).set(getattr(backlog, stream))
        if backlog.observations > self.settings.store.journal_max:
            # The watch stage is behind: leave the exchanges where they are counted when shed.
            await asyncio.sleep(_WAIT)


def _key(exchange: Exchange) -> str:
    """What makes two deliveries the same: a stream under way may be told of more than once."""
    timing = exchange.timing
    told = timing.duration if exchange.state == "running" else timing.idle
    return f"{exchange.id}:{exchange.state}:{told or 0:.0f}"


def shard_of(model: str, shards: int) -> int:
    """Which shard watches a model; the same in every process."""
    return zlib.crc32(model.encode()) % shards
