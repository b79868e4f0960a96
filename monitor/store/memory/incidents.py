"""Incidents and their bundles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from monitor.incidents.bundle import Bundle
from monitor.incidents.events import IncidentEvent, PastEvent
from monitor.incidents.incident import Incident
from monitor.store.base import ConflictError, Facets, IncidentQuery, Page
from monitor.store.memory.events import EventLog
from monitor.store.paging import Cursor, matches, place
from monitor.store.words import Wanted, words, words_of_bundle, words_of_incident


class MemoryIncidents:
    """A dictionary of incidents; a list page is a sorted pass over all of them."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        self._counted: set[str] = set()
        self._bundles: dict[str, Bundle] = {}
        self._log = EventLog()

    async def get_incident(self, incident_id: str) -> Incident | None:
        """The incident, or None."""
        return self._incidents.get(incident_id)

    async def latest_incident(self, fingerprint: str) -> Incident | None:
        """The incident of this fingerprint with the latest `last_seen`."""
        same = (each for each in self._incidents.values() if each.fingerprint == fingerprint)
        return max(same, key=lambda each: place(each, "last_seen"), default=None)

    async def save_incident(
        self,
        incident: Incident,
        *,
        expected_version: int,
        counted: Sequence[str] = (),
        events: Sequence[IncidentEvent] = (),
        latest: str | None = None,
    ) -> bool:
        """Write the next version, once for the detections that it counts."""
        known = [each in self._counted for each in counted]
        if known and all(known):
            return False
        stored = self._incidents.get(incident.id)
        if any(known) or (stored.version if stored else 0) != expected_version:
            raise ConflictError(f"incident {incident.id} was changed since it was read")
        if stored is None and latest is not None:
            same = await self.latest_incident(incident.fingerprint)
            if (same.id if same else "") != latest:
                raise ConflictError(f"incident {incident.id} is not the first of its trouble")
        saved = self._incidents[incident.id] = replace(incident, version=expected_version + 1)
        self._counted.update(counted)
        self._log.append(events, saved)
        return True

    async def events(self, *, after: str, count: int, wait: float) -> list[IncidentEvent]:
        """Events behind an id, oldest first."""
        return await self._log.read(after, count, wait)

    async def latest_event(self) -> str:
        """Id of the latest event, or ""."""
        return self._log.latest

    async def events_of(self, incident_id: str, *, limit: int) -> list[PastEvent]:
        """The latest events of one incident, oldest first."""
        return self._log.of(incident_id)[-max(1, limit) :]

    async def delete_incident(self, incident_id: str) -> bool:
        """Remove an incident; whether there was one."""
        self._log.forget(incident_id)
        return self._incidents.pop(incident_id, None) is not None

    async def is_counted(self, detection_id: str) -> bool:
        """Whether a detection has been counted."""
        return detection_id in self._counted

    async def incidents(self, query: IncidentQuery) -> Page:
        """A page of incidents."""
        start = Cursor.decode(query.cursor, sort=query.sort) if query.cursor else None
        found = [
            each
            for each in self._incidents.values()
            if matches(each, query)
            and (start is None or start.is_before(*place(each, query.sort)))
            and self._is_told_of(each, query.text)
        ]
        found.sort(key=lambda each: place(each, query.sort), reverse=query.sort.startswith("-"))
        items = found[: max(0, query.limit)]
        if not items or len(items) == len(found):
            return Page(items)
        return Page(items, Cursor(query.sort, *place(items[-1], query.sort)).encode())

    def _is_told_of(self, incident: Incident, text: str) -> bool:
        """Whether the words of a search are said of an incident; nothing is said of no words."""
        if not text:
            return True
        wanted = Wanted.of(text)
        bundle = self._bundles.get(incident.id)
        there = [
            *words_of_incident(incident),
            *(word for event in self._log.of(incident.id) for word in words(event.note)),
            *(words_of_bundle(bundle) if bundle else ()),
        ]
        return wanted is not None and wanted.found_in(there)

    async def count_incidents(self) -> dict[Facets, int]:
        """How many there are of each status, severity and detector."""
        every = self._incidents.values()
        return Counter(Facets(each.status, each.severity, each.detector) for each in every)

    async def put_bundle(self, bundle: Bundle) -> None:
        """Keep a bundle; overwrites."""
        self._bundles[bundle.incident_id] = bundle

    async def get_bundle(self, incident_id: str) -> Bundle | None:
        """The bundle, or None."""
        return self._bundles.get(incident_id)

    async def delete_bundle(self, incident_id: str) -> bool:
        """Remove a bundle; whether there was one."""
        return self._bundles.pop(incident_id, None) is not None
