"""Detections that are kept for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.incidents.detections import (
    DETECTION_FACETS,
    DetectionPage,
    DetectionQuery,
    KeptDetection,
)
from monitor.store.paging import Cursor, values


class MemoryDetections:
    """Detections by id, the first to end first; a list page is a sorted pass over all of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._detection_clock = clock
        self._detections: dict[str, tuple[float, KeptDetection]] = {}

    async def put_detections(self, kept: Sequence[KeptDetection], *, ttl: float, room: int) -> None:
        """Keep detections for `ttl` seconds from now, `room` of all at most; overwrites."""
        now = self._detection_clock()
        for each in kept:
            self._detections.pop(each.id, None)
            self._detections[each.id] = (now + ttl, each)
        beyond = len(self._detections) - room
        for place, (name, (end, _)) in enumerate(list(self._detections.items())):
            if end <= now or place < beyond:
                del self._detections[name]

    async def detections(self, query: DetectionQuery) -> DetectionPage:
        """A page of detections."""
        start = Cursor.decode(query.cursor, sort=query.sort) if query.cursor else None
        found = [
            each
            for _, each in self._detections.values()
            if _matches(each, query) and (start is None or start.is_before(each.at, each.id))
        ]
        found.sort(key=lambda each: (each.at, each.id), reverse=query.sort.startswith("-"))
        items = found[: max(0, query.limit)]
        if not items or len(items) == len(found):
            return DetectionPage(items)
        return DetectionPage(items, Cursor(query.sort, items[-1].at, items[-1].id).encode())

    async def delete_detections(self, ids: Sequence[str]) -> int:
        """Remove detections by id; how many there were."""
        return sum(self._detections.pop(name, None) is not None for name in dict.fromkeys(ids))


def _matches(kept: KeptDetection, query: DetectionQuery) -> bool:
    if query.since is not None and kept.at < query.since:
        return False
    if query.until is not None and kept.at > query.until:
        return False
    return all(
        getattr(kept, facet) in wanted
        for facet in DETECTION_FACETS
        if (wanted := values(getattr(query, facet)))
    )
