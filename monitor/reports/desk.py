"""Has a report made for every drift incident, one after another, and never makes anyone wait."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

from detectors.base import Detection
from detectors.baseline import Baseline
from detectors.observation import Observation
from monitor.baselines.traffic import Traffic
from monitor.incidents.bundle import ReportStatus
from monitor.incidents.incident import Incident
from monitor.metrics.worker import WorkerMetrics
from monitor.reports.errors import EXTRA, ReportError
from monitor.reports.facts import FEWEST, Facts
from monitor.reports.links import HTML, JSON, link
from monitor.reports.recent import Recent
from monitor.reports.runner import Made, Reference, Runner, is_available
from monitor.reports.table import Table
from monitor.settings import ReportSettings
from monitor.store.base import Store, StoreError

log = logging.getLogger(__name__)

_SINCE = "exchanges_since_change"
_AGAIN = (100, 500)
_MOST_LATER = 64
_IDLE = 60.0
_UNAVAILABLE = f"the worker makes no reports: they need Evidently ({EXTRA})"


@dataclass(frozen=True, slots=True)
class _Order:
    reference: Reference
    window: Table
    facts: Facts
    at: float


@dataclass(slots=True)
class _Later:
    """A report to be made again when `due` exchanges have come since the change, as `since` counts."""

    incident: Incident
    detection: Detection
    since: int
    due: list[int]


@dataclass
class ReportDesk:
    """Takes orders from the watch stage; `run` works them off.

    A change is mostly found within a hundred exchanges, so the first report rests on few. It is
    made again when 100 and when 500 have come since the change. At most `settings.queue` orders wait;
    one too many is dropped, and its bundle says so. A later order for an incident that waits takes
    the place of the earlier.
    """

    store: Store
    settings: ReportSettings
    metrics: WorkerMetrics
    available: bool = field(default_factory=is_available)
    _recent: Recent = field(init=False)
    _orders: OrderedDict[str, _Order] = field(default_factory=OrderedDict)
    _later: OrderedDict[str, _Later] = field(default_factory=OrderedDict)
    _called: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._recent = Recent(self.settings.window)

    def see(self, x: Observation, traffic: Traffic, baseline: Baseline | None) -> None:
        """Remember an exchange's numbers for reports to come; some 20 microseconds.

        `traffic` is what the baseline judges: the whole of the exchange's model, or a part of it.
        """
        if not self.available or baseline is None or not self._recent.take(x, traffic, baseline):
            return
        for later in [
            each for each in self._later.values() if Traffic.of(each.detection) == traffic
        ]:
            self._count(later)

    async def order(self, incident: Incident, detection: Detection) -> None:
        """Order the report about a drift incident; its bundle then says where it will be.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        if detection.detector != "drift":
            return
        if not self.available:
            await link(self.store, incident.id, "unavailable", _UNAVAILABLE)
            return
        since = _since(detection)
        await link(self.store, incident.id, "waiting")
        refused = self._accept(incident, detection, since)
        if refused:
            await link(self.store, incident.id, *refused)
        self._make_again(incident, detection, since)

    async def run(self) -> None:
        """Make what is ordered, until cancelled; the process goes when nothing was for a minute."""
        runner = Runner(self.settings.timeout, self.settings.memory)
        try:
            while True:
                if not self._orders:
                    await self._next_order(runner)
                await self._make(runner)
        finally:
            await runner.rest()
            await self._give_up()

    async def _give_up(self) -> None:
        """Say of what still waits that nobody will make it."""
        for incident_id in self._orders:
            self.metrics.reports.labels("dropped").inc()
            with suppress(StoreError):
                await link(self.store, incident_id, "dropped", "the worker ended before")

    async def _next_order(self, runner: Runner) -> None:
        self._called.clear()
        try:
            async with asyncio.timeout(_IDLE):
                await self._called.wait()
        except TimeoutError:
            await runner.rest()
            await self._called.wait()

    async def _make(self, runner: Runner) -> None:
        incident_id, order = self._orders.popitem(last=False)
        began = time.perf_counter()
        try:
            made = await runner.make(order.reference, order.window, order.facts)
            await self._keep(incident_id, order, made)
        except asyncio.CancelledError:
            self._orders[incident_id] = order
            raise
        except (ReportError, StoreError) as error:
            log.warning("no report about incident %s: %s", incident_id, error)
            await self._failed(incident_id, str(error))
        except Exception:
            # Whatever it is, it is about one report, and no reason to end a worker.
            log.exception("no report about incident %s", incident_id)
            await self._failed(incident_id, "a fault of the worker; its log has the details")
        else:
            self.metrics.reports.labels("made").inc()
            self.metrics.report_seconds.observe(time.perf_counter() - began)

    async def _failed(self, incident_id: str, reason: str) -> None:
        self.metrics.reports.labels("failed").inc()
        with suppress(StoreError):
            await link(self.store, incident_id, "failed", reason)

    async def _keep(self, incident_id: str, order: _Order, made: Made) -> None:
        await self.store.put_report(
            incident_id,
            {HTML: made.page, JSON: made.summary},
            at=order.at,
            ttl=self.settings.ttl,
            room=self.settings.room,
        )
        await link(self.store, incident_id, "made")

    def _make_again(self, incident: Incident, detection: Detection, since: int) -> None:
        """Note when to make it again: with enough exchanges, and with more."""
        had = self._recent.count(Traffic.of(detection))
        more = [since + FEWEST - had] if had < FEWEST else []
        due = more + [n for n in _AGAIN if since < n <= self.settings.window]
        self._later.pop(incident.id, None)
        if due:
            self._later[incident.id] = _Later(incident, detection, since, due)
        if len(self._later) > _MOST_LATER:
            self._later.popitem(last=False)

    def _count(self, later: _Later) -> None:
        """One more exchange has come since the change."""
        later.since += 1
        if later.since >= later.due[0]:
            later.due.pop(0)
            self._accept(later.incident, later.detection, later.since)
        if not later.due:
            del self._later[later.incident.id]

    def _accept(
        self, incident: Incident, detection: Detection, since: int
    ) -> tuple[ReportStatus, str] | None:
        """Let an order wait; or why it cannot."""
        had = self._recent.count(Traffic.of(detection))
        if had < FEWEST:
            return "waiting", f"for {FEWEST - had} more exchanges: it needs {FEWEST}"
        if incident.id not in self._orders and len(self._orders) >= self.settings.queue:
            self.metrics.reports.labels("dropped").inc()
            return "dropped", f"{len(self._orders)} others were waiting (reports.queue)"
        found = self._recent.latest(Traffic.of(detection), max(since, FEWEST))
        self._orders[incident.id] = _order(*found, incident.id, detection, since)
        self._called.set()
        return None


def _since(detection: Detection) -> int:
    """How many exchanges ago the change began; 0 where the detection does not say."""
    for evidence in detection.evidence:
        if evidence.name == _SINCE and isinstance(evidence.value, float | int):
            return int(evidence.value)
    return 0


def _order(
    baseline: Baseline, window: Table, incident_id: str, detection: Detection, since: int
) -> _Order:
    facts = Facts(
        kind="drift",
        model=detection.model,
        baseline=baseline.name,
        incident=incident_id,
        since=since or None,
    )
    key = f"{baseline.name} {baseline.size} {baseline.created}"
    return _Order(Reference(key, Table.of_baseline(baseline)), window, facts, detection.at)
