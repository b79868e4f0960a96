"""Detections that are kept for a while."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from monitor.incidents.detections import (
    DETECTION_FACETS,
    DetectionPage,
    DetectionQuery,
    KeptDetection,
)
from monitor.store.paging import Cursor, values
from monitor.store.redis.listing import Filter, Lists, Plan
from monitor.store.redis.part import key

_ALL = key("detections")
_RECORD = key("detection", "")
_SLICE = 200

_decode_list = msgspec.json.Decoder(list[KeptDetection]).decode


class RedisDetections(Lists):
    """A JSON string for each, indexes by time over all and for each field's value, and one by end."""

    async def put_detections(self, kept: Sequence[KeptDetection], *, ttl: float, room: int) -> None:
        """Keep detections for `ttl` seconds from now, `room` of all at most; overwrites."""
        milliseconds = max(1, int(ttl * 1000))
        for start in range(0, max(1, len(kept)), _SLICE):
            some = kept[start : start + _SLICE]
            pairs = [part for each in some for part in (each.id, msgspec.json.encode(each))]
            await self._run("put_detections", [_ALL], _RECORD, milliseconds, room, *pairs)

    async def detections(self, query: DetectionQuery) -> DetectionPage:
        """A page of detections."""
        if query.limit <= 0:
            return DetectionPage([])
        cursor = Cursor.decode(query.cursor, sort=query.sort) if query.cursor else None
        plan = Plan(
            records=_RECORD,
            order=_ALL,
            descending=query.sort.startswith("-"),
            limit=query.limit,
            low=query.since,
            high=query.until,
            cursor_id=cursor.id if cursor else "",
            cursor_value=cursor.value if cursor else 0.0,
            aligned=True,
            filter_low=query.since,
            filter_high=query.until,
            filters=[
                Filter([f"{_ALL}:{facet}:{value}" for value in dict.fromkeys(wanted)])
                for facet in DETECTION_FACETS
                if (wanted := values(getattr(query, facet)))
            ],
        )
        records, last = await self._list(plan)
        return DetectionPage(
            _decode_list(records), Cursor(query.sort, *last).encode() if last else ""
        )

    async def delete_detections(self, ids: Sequence[str]) -> int:
        """Remove detections by id; how many there were."""
        gone = 0
        for start in range(0, len(ids), _SLICE):
            some = ids[start : start + _SLICE]
            gone += await self._run("delete_detections", [_ALL], _RECORD, *some)
        return gone
