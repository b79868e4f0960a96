"""Markers of what was done to the service."""

from __future__ import annotations

from monitor.markers.marker import Marker

KEPT = 2_000


class MemoryMarkers:
    """The latest markers, by id."""

    def __init__(self) -> None:
        self._markers: dict[str, Marker] = {}

    async def put_marker(self, marker: Marker) -> None:
        """Keep a marker, if it is among the latest."""
        self._markers[marker.id] = marker
        if len(self._markers) > KEPT:
            del self._markers[min(self._markers.values(), key=_order).id]

    async def markers(self, *, since: float, until: float, limit: int) -> list[Marker]:
        """Markers of a time range, the latest first."""
        found = [each for each in self._markers.values() if since <= each.at <= until]
        return sorted(found, key=_order, reverse=True)[: max(0, limit)]


def _order(marker: Marker) -> tuple[float, str]:
    return marker.at, marker.id
