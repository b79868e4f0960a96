"""Incidents and their bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from monitor.incidents.bundle import Bundle
from monitor.incidents.events import IncidentEvent
from monitor.incidents.incident import Incident
from monitor.link import PREFIX
from monitor.store.base import ConflictError, Facets, IncidentQuery, Page
from monitor.store.paging import Cursor
from monitor.store.redis.events import EVENTS, KEPT, KEPT_OF_ONE, encoded, events_key
from monitor.store.redis.listing import Lists, incident_plan
from monitor.store.redis.part import key
from monitor.store.words import words, words_of_bundle, words_of_incident

_ALL = key("incidents")
_NUMBERS = key("incident-counts")
_COUNTED = key("counted")
_COUNTED_FOR = 7 * 86_400

_decode = msgspec.json.Decoder(Incident).decode
_decode_list = msgspec.json.Decoder(list[Incident]).decode
_decode_bundle = msgspec.json.Decoder(Bundle).decode


class RedisIncidents(Lists):
    """A JSON string for each incident, indexes by `last_seen` over all and for each field's value.

    Every change goes through one script that compares the version, moves the incident between
    indexes and keeps their numbers and its words. Which detections were counted is remembered for a
    week.
    """

    async def get_incident(self, incident_id: str) -> Incident | None:
        """The incident, or None."""
        record = await self._link.call("GET", _incident(incident_id))
        return _decode(record) if record else None

    async def latest_incident(self, fingerprint: str) -> Incident | None:
        """The incident of this fingerprint with the latest `last_seen`."""
        ids = await self._link.call("ZREVRANGE", _index("fingerprint", fingerprint), 0, 0)
        return await self.get_incident(ids[0].decode()) if ids else None

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
        saved = replace(incident, version=expected_version + 1)
        outcome = await self._run(
            "save_incident",
            [_incident(incident.id), _COUNTED, _NUMBERS, EVENTS, events_key(incident.id)],
            _ALL,
            expected_version,
            incident.id,
            msgspec.json.encode(saved),
            _COUNTED_FOR,
            KEPT,
            KEPT_OF_ONE,
            PREFIX,
            " ".join(words_of_incident(incident)),
            " ".join(words(*(event.note for event in events))),
            len(counted),
            "*" if latest is None else latest,
            *counted,
            *(part for event in events for part in encoded(event, saved)),
        )
        if outcome < 0:
            raise ConflictError(f"incident {incident.id} was changed since it was read")
        return bool(outcome)

    async def delete_incident(self, incident_id: str) -> bool:
        """Remove an incident from every list and number; whether there was one."""
        keys = [_incident(incident_id), _NUMBERS, EVENTS, events_key(incident_id)]
        return bool(await self._run("delete_incident", keys, _ALL, incident_id, PREFIX))

    async def is_counted(self, detection_id: str) -> bool:
        """Whether a detection has been counted."""
        return await self._link.call("ZSCORE", _COUNTED, detection_id) is not None

    async def incidents(self, query: IncidentQuery) -> Page:
        """A page of incidents."""
        if query.limit <= 0:
            return Page([])
        plan = incident_plan(query)
        if query.text and not await self._add_words(plan, query.text):
            return Page([])
        records, last = await self._list(plan)
        cursor = Cursor(query.sort, *last).encode() if last else ""
        return Page(_decode_list(records), cursor)

    async def count_incidents(self) -> dict[Facets, int]:
        """How many there are of each status, severity and detector."""
        numbers = await self._link.call("HGETALL", _NUMBERS)
        found = {Facets(*name.decode().split(":")): int(n) for name, n in numbers.items()}
        return {facets: number for facets, number in found.items() if number}

    async def put_bundle(self, bundle: Bundle) -> None:
        """Keep a bundle; overwrites."""
        record, told = msgspec.json.encode(bundle), " ".join(words_of_bundle(bundle))
        keys = [_bundle(bundle.incident_id)]
        await self._run("put_bundle", keys, record, PREFIX, bundle.incident_id, told)

    async def get_bundle(self, incident_id: str) -> Bundle | None:
        """The bundle, or None."""
        record = await self._link.call("GET", _bundle(incident_id))
        return _decode_bundle(record) if record else None

    async def delete_bundle(self, incident_id: str) -> bool:
        """Remove a bundle; whether there was one."""
        keys = [_bundle(incident_id)]
        return bool(await self._run("delete_bundle", keys, PREFIX, incident_id))


def _incident(incident_id: str) -> str:
    return key("incident", incident_id)


def _bundle(incident_id: str) -> str:
    return key("bundle", incident_id)


def _index(facet: str, value: str) -> str:
    return f"{_ALL}:{facet}:{value}"
