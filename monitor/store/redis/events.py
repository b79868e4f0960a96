"""The log of what changed incidents: written by the script that saves an incident, read here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from monitor.incidents.events import IncidentEvent, PastEvent, past, position
from monitor.incidents.incident import Incident
from monitor.store.redis.part import RedisPart, key

EVENTS = key("events")
KEPT = 20_000
"""Events of all incidents, or a few more: the server drops them in blocks."""
KEPT_OF_ONE = 1_000

_decode = msgspec.json.Decoder(IncidentEvent).decode
_decode_past = msgspec.json.Decoder(PastEvent).decode


class RedisEvents(RedisPart):
    """A stream of the events of all incidents, and a list of its own for each incident."""

    async def events(self, *, after: str, count: int, wait: float) -> list[IncidentEvent]:
        """Events behind an id, oldest first."""
        time, number = position(after)
        milliseconds = int(wait * 1000)
        # BLOCK 0 would wait for ever.
        block = ("BLOCK", milliseconds) if milliseconds > 0 else ()
        command = ("XREAD", "COUNT", max(1, count), *block, "STREAMS", EVENTS, f"{time}-{number}")
        return _events(await self._link.call_blocking(*command, wait=wait))

    async def latest_event(self) -> str:
        """Id of the latest event, or ""."""
        found = await self._link.call("XREVRANGE", EVENTS, "+", "-", "COUNT", 1)
        return str(found[0][0].decode()) if found else ""

    async def events_of(self, incident_id: str, *, limit: int) -> list[PastEvent]:
        """The latest events of one incident, oldest first."""
        found = await self._link.call("LRANGE", events_key(incident_id), -max(1, limit), -1)
        split = (line.split(b" ", 1) for line in found)
        return [replace(_decode_past(record), id=place.decode()) for place, record in split]


def events_key(incident_id: str) -> str:
    """The name of the list of one incident's events."""
    return key("events", incident_id)


def encoded(event: IncidentEvent, saved: Incident) -> tuple[bytes, bytes]:
    """An event as the stream and as its incident's list keeps it; their ids come from the server."""
    kept = replace(event, id="", incident=saved)
    return msgspec.json.encode(kept), msgspec.json.encode(past(kept))


def _events(answer: Any) -> list[IncidentEvent]:
    entries = answer[0][1] if answer else []
    return [
        replace(_decode(fields[b"event"]), id=place.decode()) for place, fields in entries if fields
    ]
