"""Reports about incidents: few, large, and gone before long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    expires: float
    parts: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.parts.values()))


class MemoryReports:
    """Parts by incident, with the time until which they are kept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._report_clock = clock
        self._reports: dict[str, _Kept] = {}

    async def put_report(
        self, incident_id: str, parts: Mapping[str, bytes], *, at: float, ttl: float, room: int
    ) -> None:
        """Keep a report, and of all the latest that fit in `room` bytes."""
        now = self._report_clock()
        self._reports[incident_id] = _Kept(at, now + ttl, dict(parts))
        taken = 0
        by_age = sorted(self._reports.items(), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
        for name, kept in by_age:
            if kept.expires <= now or taken + kept.size > room:
                del self._reports[name]
            else:
                taken += kept.size

    async def get_report(self, incident_id: str, part: str) -> bytes | None:
        """One part of a report, or None."""
        kept = self._reports.get(incident_id)
        if kept is None or kept.expires <= self._report_clock():
            return None
        return kept.parts.get(part)

    async def delete_report(self, incident_id: str) -> bool:
        """Remove a report; whether there was one."""
        return self._reports.pop(incident_id, None) is not None
