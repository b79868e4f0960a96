"""Where one shard's findings become incidents, batch by batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from detectors.observation import Observation
from monitor.grouping.reach import ReachBook
from monitor.pipeline.draft import Filed
from monitor.pipeline.drafts import Drafts, Written
from monitor.pipeline.filing import IncidentFiler
from monitor.reports.desk import ReportDesk
from monitor.store.base import StoreError
from monitor.upstreams.scraper import Scraper

log = logging.getLogger(__name__)

_REVIEW = 60.0


@dataclass
class IncidentDesk:
    """Takes what was found at each exchange; `write` files it all, `settle` also what may wait.

    Made anew whenever a shard is taken over: what was not written by then is found again from the
    checkpoint. How far trouble reached is counted from there on.
    """

    filer: IncidentFiler
    reports: ReportDesk | None = None
    servers: Scraper | None = None
    _book: ReachBook = field(default_factory=ReachBook)
    _taken: list[Filed] = field(default_factory=list)
    _latest: float = 0.0
    _reviewed: float = 0.0

    def __post_init__(self) -> None:
        """Begin without drafts."""
        self._drafts = Drafts(self.filer)

    def take(self, x: Observation, findings: Sequence[Filed]) -> None:
        """Take the next exchange, with what was found at it."""
        reaches = self._book.take(x, [each.detection for each in findings])
        pairs = zip(findings, reaches, strict=True)
        self._taken += [
            replace(each, reach=reach, wide=self._book.of_all(each.detection))
            for each, reach in pairs
        ]
        self._latest = max(self._latest, x.at)

    async def write(self) -> None:
        """File what was taken; what joins an incident that was written lately may wait a second.

        Raises
        ------
        StoreError
            The store does not answer, or others keep changing an incident.
        """
        taken, self._taken = self._taken, []
        explained = [await self._explained(each) for each in taken]
        await self._order(await self._drafts.put(explained))
        if self._latest - self._reviewed >= _REVIEW:
            self._reviewed = self._latest
            await self._drafts.review(self._book, at=self._latest)

    async def settle(self) -> None:
        """File what was taken, and write what waits.

        Raises
        ------
        StoreError
            As `write`.
        """
        await self.write()
        await self._order(await self._drafts.flush(everything=True))

    async def _explained(self, filed: Filed) -> Filed:
        if self.servers is None:
            return filed
        try:
            detection = await self.servers.explain(filed.detection)
        except StoreError:
            raise
        except Exception:
            self.filer.metrics.failures.labels("filing").inc()
            log.exception("no server could be asked about rule %s", filed.detection.rule)
            return filed
        return replace(filed, finding=replace(filed.finding, detection=detection))

    async def _order(self, written: Written) -> None:
        if self.reports is not None:
            for incident, filed in written:
                await self.reports.order(incident, filed.detection)
