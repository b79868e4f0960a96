"""Markers of what was done to the service."""

from __future__ import annotations

import msgspec

from monitor.markers.marker import Marker
from monitor.store.redis.part import RedisPart, key

_KEYS = [key("markers"), key("marker-times")]
_KEPT = 2_000

_decode = msgspec.json.Decoder(Marker).decode


class RedisMarkers(RedisPart):
    """One hash of JSON by id, and an index by time that bounds it."""

    async def put_marker(self, marker: Marker) -> None:
        """Keep a marker, if it is among the latest."""
        record = msgspec.json.encode(marker)
        await self._run("put_timed", _KEYS, marker.id, record, marker.at, "-inf", _KEPT)

    async def markers(self, *, since: float, until: float, limit: int) -> list[Marker]:
        """Markers of a time range, the latest first."""
        found = await self._run("list_timed", _KEYS, since, until, max(0, limit))
        return [_decode(record) for record in found]
