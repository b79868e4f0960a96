"""A store in this process's memory: for one process without a server, and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from monitor.store.base import StoreError
from monitor.store.memory.alerts import MemoryAlerts
from monitor.store.memory.audit import MemoryAudit
from monitor.store.memory.baselines import MemoryBaselines
from monitor.store.memory.detections import MemoryDetections
from monitor.store.memory.erasures import MemoryErasures
from monitor.store.memory.exchanges import MemoryExchanges
from monitor.store.memory.incidents import MemoryIncidents
from monitor.store.memory.keys import MemoryKeys
from monitor.store.memory.labels import MemoryLabels
from monitor.store.memory.markers import MemoryMarkers
from monitor.store.memory.rates import MemoryRates
from monitor.store.memory.replies import MemoryReplies
from monitor.store.memory.reports import MemoryReports
from monitor.store.memory.shards import MemoryShards
from monitor.store.memory.silences import MemorySilences
from monitor.store.memory.turns import MemoryTurns
from monitor.store.memory.vectors import MemoryVectors

__all__ = ["MemoryStore"]


class MemoryStore(
    MemoryExchanges,
    MemoryIncidents,
    MemoryDetections,
    MemoryLabels,
    MemoryReports,
    MemoryVectors,
    MemoryBaselines,
    MemoryAlerts,
    MemoryAudit,
    MemoryKeys,
    MemoryMarkers,
    MemorySilences,
    MemoryTurns,
    MemoryReplies,
    MemoryShards,
    MemoryRates,
    MemoryErasures,
):
    """Everything in dictionaries; a crash loses all of it.

    `clock` gives seconds, by which records and leases expire; it never goes back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        MemoryExchanges.__init__(self, clock)
        MemoryIncidents.__init__(self)
        MemoryDetections.__init__(self, clock)
        MemoryLabels.__init__(self)
        MemoryReports.__init__(self, clock)
        MemoryVectors.__init__(self)
        MemoryBaselines.__init__(self)
        MemoryAlerts.__init__(self)
        MemoryAudit.__init__(self)
        MemoryKeys.__init__(self)
        MemoryMarkers.__init__(self)
        MemorySilences.__init__(self)
        MemoryTurns.__init__(self, clock)
        MemoryReplies.__init__(self, clock)
        MemoryShards.__init__(self, clock)
        MemoryRates.__init__(self, clock)
        MemoryErasures.__init__(self)
        self._counts: dict[str, int] = {}
        self._closed = False

    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named totals."""
        for name, amount in counts.items():
            self._counts[name] = self._counts.get(name, 0) + amount

    async def counts(self) -> dict[str, int]:
        """All named totals."""
        return dict(self._counts)

    async def ping(self) -> None:
        """Raise StoreError once the store is closed."""
        if self._closed:
            raise StoreError("the store is closed")

    async def close(self) -> None:
        """Mark the store as closed."""
        self._closed = True
