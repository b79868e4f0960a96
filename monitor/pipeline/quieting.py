"""Resolves incidents of which nothing more was found for long, and which nobody touched."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, TransitionError, recover
from monitor.metrics.worker import WorkerMetrics
from monitor.store.base import IncidentQuery, Store

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two looks."""
_PAGE = 200


class Quieting:
    """Looks every five minutes. Any number of workers may: what one resolves, the others leave.

    `quiet` is in seconds, 0 for never. `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        metrics: WorkerMetrics,
        *,
        quiet: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._quiet = quiet
        self._clock = clock

    async def step(self) -> None:
        """Look, then rest; what the store raises leaves everything for the next step."""
        if self._quiet:
            for incident in await end_quiet(self._store, quiet=self._quiet, at=self._clock()):
                self._metrics.recovered.labels(incident.detector).inc()
        await asyncio.sleep(EVERY)


async def end_quiet(store: Store, *, quiet: float, at: float) -> list[Incident]:
    """Resolve what was neither seen nor changed for `quiet` seconds before `at`; what was resolved.

    An incident of drift stays: it lasts until its change is over.
    """
    ended = []
    async for incident in _silent(store, before=at - quiet):
        over = partial(_recover, quiet=quiet, at=at)
        with suppress(TransitionError):
            changed = await change_stored(store, incident.id, over, Signature("", at, _told(quiet)))
            if changed is not None:
                log.info("incident %s is resolved: %s", incident.id, _told(quiet))
                ended.append(changed)
    return ended


def _recover(incident: Incident, *, quiet: float, at: float) -> Incident:
    if not _is_quiet(incident, at - quiet):
        raise TransitionError(f"incident {incident.id} has changed meanwhile")
    return recover(incident, at=at, reason=_told(quiet))


def _told(quiet: float) -> str:
    return f"Nothing more was found for {quiet / 3_600:.3g} h."


def _is_quiet(incident: Incident, before: float) -> bool:
    return incident.detector != "drift" and max(incident.last_seen, incident.updated) <= before


async def _silent(store: Store, *, before: float) -> AsyncIterator[Incident]:
    query = IncidentQuery(status=("open", "acknowledged"), until=before, updated_until=before)
    cursor = ""
    while True:
        page = await store.incidents(replace(query, limit=_PAGE, cursor=cursor))
        for incident in page.items:
            if _is_quiet(incident, before):
                yield incident
        cursor = page.cursor
        if not cursor:
            return
