"""Has a report made for every drift incident, one after another, and never makes anyone wait."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace

from detectors.base import Detection
from detectors.baseline import Baseline
from detectors.observation import Observation
from monitor.bundle import ReportLink, ReportStatus
from monitor.incidents import Incident
from monitor.metrics.worker import WorkerMetrics
from monitor.reports.errors import EXTRA, ReportError
from monitor.reports.making import FEWEST
from monitor.reports.recent import Recent
from monitor.reports.runner import Made, Reference, Runner, is_available
from monitor.reports.summary import Facts
from monitor.reports.table import Table
from monitor.settings import ReportSettings
from monitor.store.base import Store, StoreError

log = logging.getLogger(__name__)

HTML, JSON = "html", "json"
"""Parts of a report in the store; the page is compressed as gzip does."""

_SINCE = "exchanges_since_change"
_IDLE = 60.0
_UNAVAILABLE = f"the worker makes no reports: they need Evidently ({EXTRA})"


@dataclass(frozen=True, slots=True)
class _Order:
    reference: Reference
    window: Table
    facts: Facts
    at: float


@dataclass
class ReportDesk:
    """Takes orders from the watch stage; `run` works them off.

    At most `settings.queue` wait; one too many is dropped, and its bundle says so. A later order for
    an incident that waits takes the place of the earlier.
    """

    store: Store
    settings: ReportSettings
    metrics: WorkerMetrics
    available: bool = field(default_factory=is_available)
    _recent: Recent = field(init=False)
    _orders: OrderedDict[str, _Order] = field(default_factory=OrderedDict)
    _called: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._recent = Recent(self.settings.window)

    def see(self, x: Observation, baseline: Baseline | None) -> None:
        """Remember an exchange's numbers for reports to come; some 15 microseconds."""
        if self.available and baseline is not None:
            self._recent.take(x, baseline)

    async def order(self, incident: Incident, detection: Detection) -> None:
        """Order the report about a drift incident; its bundle then says where it will be.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        if detection.detector != "drift":
            return
        order = self._order(incident, detection) if self.available else None
        if order is None:
            note = "too few exchanges were seen" if self.available else _UNAVAILABLE
            await self._link(incident.id, "unavailable", note)
        elif incident.id not in self._orders and len(self._orders) >= self.settings.queue:
            self.metrics.reports.labels("dropped").inc()
            note = f"{len(self._orders)} other reports were waiting already (reports.queue)"
            await self._link(incident.id, "dropped", note)
        else:
            await self._link(incident.id, "waiting")
            self._orders[incident.id] = order
            self._called.set()

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
        except (ReportError, StoreError) as error:
            self.metrics.reports.labels("failed").inc()
            log.warning("no report about incident %s: %s", incident_id, error)
            with suppress(StoreError):
                await self._link(incident_id, "failed", str(error))
        else:
            self.metrics.reports.labels("made").inc()
            self.metrics.report_seconds.observe(time.perf_counter() - began)

    async def _keep(self, incident_id: str, order: _Order, made: Made) -> None:
        await self.store.put_report(
            incident_id,
            {HTML: made.page, JSON: made.summary},
            at=order.at,
            ttl=self.settings.ttl,
            room=self.settings.room,
        )
        await self._link(incident_id, "made")

    def _order(self, incident: Incident, detection: Detection) -> _Order | None:
        since = _since(detection)
        count = min(self.settings.window, max(since or 0, FEWEST))
        found = self._recent.latest(detection.model, count)
        if found is None or found[1].size < FEWEST:
            return None
        baseline, window = found
        facts = Facts(
            kind="drift",
            model=detection.model,
            baseline=baseline.name,
            incident=incident.id,
            since=since,
        )
        key = f"{baseline.name} {baseline.size} {baseline.created}"
        reference = Reference(key, Table.of_baseline(baseline))
        return _Order(reference, window, facts, detection.at)

    async def _link(self, incident_id: str, status: ReportStatus, note: str = "") -> None:
        """Say in the bundle how the report is; without a bundle there is nobody to tell."""
        bundle = await self.store.get_bundle(incident_id)
        if bundle is None:
            return
        path = f"/api/v1/incidents/{incident_id}/report"
        there = status in {"waiting", "made"}
        link = ReportLink(
            status=status,
            html=path if there else "",
            json=f"{path}.json" if there else "",
            note=note,
        )
        await self.store.put_bundle(replace(bundle, report=link))


def _since(detection: Detection) -> int | None:
    """How many exchanges ago the change began, where the detection says so."""
    for evidence in detection.evidence:
        if evidence.name == _SINCE and isinstance(evidence.value, float | int):
            return int(evidence.value)
    return None
