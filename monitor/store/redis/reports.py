"""Reports about incidents: few, large, and gone before long."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.link import Argument
from monitor.store.redis.part import RedisPart, key

_AGES = key("reports")
_REPORT = key("report", "")


class RedisReports(RedisPart):
    """A hash of parts for each, which expires, and one index by age."""

    async def put_report(
        self, incident_id: str, parts: Mapping[str, bytes], *, at: float, ttl: float, room: int
    ) -> None:
        """Keep a report, and of all the latest that fit in `room` bytes."""
        words: list[Argument] = [word for pair in parts.items() for word in pair]
        milliseconds = max(1, int(ttl * 1000))
        await self._run("put_report", [_AGES], _REPORT, incident_id, at, milliseconds, room, *words)

    async def get_report(self, incident_id: str, part: str) -> bytes | None:
        """One part of a report, or None."""
        data: bytes | None = await self._link.call("HGET", f"{_REPORT}{incident_id}", part)
        return data

    async def delete_report(self, incident_id: str) -> bool:
        """Remove a report; whether there was one."""
        gone = await self._link.call("DEL", f"{_REPORT}{incident_id}")
        await self._link.call("ZREM", _AGES, incident_id)
        return bool(gone)
