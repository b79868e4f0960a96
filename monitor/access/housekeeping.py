"""What a worker looks after beside its work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from monitor.access.policies import note_policy
from monitor.access.retaining import retire
from monitor.settings import Settings
from monitor.store.base import Store

EVERY = 3_600.0
"""Seconds between two looks."""


class Housekeeping:
    """Notes once by which policy a worker judges, and looks every hour for what has had its time.

    Any number of workers may: what one removes, the others do not find. `clock` gives seconds since
    the epoch.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        name: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._policy = settings.policy.version
        self._ttl = settings.privacy.incident_ttl
        self._kept = settings.privacy.exchange_ttl
        self._room = settings.store.detections_max
        self._name = name
        self._clock = clock
        self._noted = False

    async def step(self) -> None:
        """Look, then rest; what the store raises leaves everything for the next step."""
        now = self._clock()
        if not self._noted:
            await note_policy(self._store, self._policy, by=f"worker {self._name}", at=now)
            self._noted = True
        await self._store.put_detections([], ttl=self._kept, room=self._room)
        if self._ttl:
            await retire(self._store, before=now - self._ttl, at=now)
        await asyncio.sleep(EVERY)
