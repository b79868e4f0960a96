"""Exchange records that expire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from monitor.access.owner import of_record
from monitor.link import Argument
from monitor.store.redis.part import RedisPart, key

_TIMES = key("exchange-times")
_RECORD = key("exchange", "")
_NOTICE = key("exchange-notice", "")
_SLICE = 500
_START = (b"", b"")


class RedisExchanges(RedisPart):
    """A string that expires for each record, and indexes by time, of all and of each tenant.

    An index is trimmed as records are added, so it may hold ids of expired ones for a while;
    readers pass over them. That of a tenant of whom no more come expires with its last record.
    """

    async def put_exchanges(
        self, records: Sequence[tuple[str, float, bytes]], *, ttl: float
    ) -> None:
        """Keep records by (id, time) for `ttl` seconds from now; the same id overwrites."""
        await self._put("put_exchanges", records, ttl, _RECORD)

    async def put_notices(self, records: Sequence[tuple[str, float, bytes]], *, ttl: float) -> None:
        """As `put_exchanges`, of exchanges still under way: a finished record of the same id stays."""
        await self._put("put_notices", records, ttl, _RECORD, _NOTICE)

    async def _put(
        self, script: str, records: Sequence[tuple[str, float, bytes]], ttl: float, *keys: str
    ) -> None:
        milliseconds = max(1, int(ttl * 1000))
        for start in range(0, len(records), _SLICE):
            words: list[Argument] = []
            for exchange_id, at, data in records[start : start + _SLICE]:
                words += (exchange_id, at, data, of_record(data).tenant)
            await self._run(script, [_TIMES], *keys, milliseconds, *words)

    async def get_exchange(self, exchange_id: str) -> bytes | None:
        """The record, or None."""
        record: bytes | None = await self._link.call("GET", f"{_RECORD}{exchange_id}")
        return record

    async def exchanges(
        self, *, since: float, until: float, limit: int, tenant: str = ""
    ) -> list[bytes]:
        """Records of a time range, oldest first."""
        records: list[bytes] = []
        behind = _START
        while len(records) < limit:
            count = min(_SLICE, limit - len(records))
            behind, found = await self._next(_times(tenant), since, until, count, behind)
            if not behind[0]:
                break
            records += (data for data in found if tenant in {"", of_record(data).tenant})
        return records

    async def walk_exchanges(self, *, since: float, until: float) -> AsyncIterator[bytes]:
        """Every record of a time range, oldest first."""
        behind = _START
        while True:
            behind, found = await self._next(_TIMES, since, until, _SLICE, behind)
            for record in found:
                yield record
            if not behind[0]:
                return

    async def delete_exchanges(self, ids: Sequence[str]) -> int:
        """Remove records by id; how many there were."""
        gone = 0
        for start in range(0, len(ids), _SLICE):
            some = ids[start : start + _SLICE]
            keys = [f"{_RECORD}{name}" for name in some]
            there = [data for data in await self._link.call("MGET", *keys) if data]
            gone += await self._link.call("UNLINK", *keys)
            for tenant in {"", *(of_record(data).tenant for data in there)}:
                await self._link.call("ZREM", _times(tenant), *some)
        return gone

    async def _next(
        self, times: str, since: float, until: float, count: int, behind: tuple[bytes, bytes]
    ) -> tuple[tuple[bytes, bytes], list[bytes]]:
        """The next records, and behind which id and time to go on; no id once there are no more."""
        last, time, *found = await self._run(
            "next_exchanges", [times], _RECORD, since, until, count, *behind
        )
        return (last, time), found


def _times(tenant: str) -> str:
    """The index of a tenant's exchanges, or of all."""
    return f"{_TIMES}:{tenant}" if tenant else _TIMES
