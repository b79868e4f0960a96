"""The log of what changed incidents."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from monitor.incidents.events import IncidentEvent, PastEvent, past, position
from monitor.incidents.incident import Incident

KEPT = 20_000
"""Events of all incidents."""
KEPT_OF_ONE = 1_000


class EventLog:
    """The latest events of all incidents, and of each one."""

    def __init__(self) -> None:
        self._events: deque[IncidentEvent] = deque(maxlen=KEPT)
        self._of: dict[str, deque[PastEvent]] = {}
        self._added = 0
        self._news = asyncio.Event()

    @property
    def latest(self) -> str:
        """Id of the latest event, or ""."""
        return self._events[-1].id if self._events else ""

    def append(self, events: Sequence[IncidentEvent], saved: Incident) -> None:
        """Add events of an incident as it was saved with them."""
        for event in events:
            self._added += 1
            kept = replace(event, id=f"{self._added}-0", incident=saved)
            self._events.append(kept)
            self._of.setdefault(saved.id, deque(maxlen=KEPT_OF_ONE)).append(past(kept))
        if events:
            self._news.set()
            self._news = asyncio.Event()

    async def read(self, after: str, count: int, wait: float) -> list[IncidentEvent]:
        """Up to `count` events behind an id, waiting while there are none."""
        behind = position(after)
        if not (found := self._behind(behind, count)) and wait > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    while not (found := self._behind(behind, count)):
                        await self._news.wait()
        return found

    def of(self, incident_id: str) -> list[PastEvent]:
        """The events of one incident, oldest first."""
        return list(self._of.get(incident_id, ()))

    def forget(self, incident_id: str) -> None:
        """Remove the events of one incident."""
        if self._of.pop(incident_id, None) is not None:
            left = (event for event in self._events if event.incident_id != incident_id)
            self._events = deque(left, maxlen=KEPT)

    def _behind(self, behind: tuple[int, int], count: int) -> list[IncidentEvent]:
        return [event for event in self._events if position(event.id) > behind][: max(1, count)]
