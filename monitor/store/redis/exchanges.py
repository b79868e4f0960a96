"""Exchange records that expire."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.link import Argument
from monitor.store.redis.part import RedisPart, key

_TIMES = key("exchange-times")
_RECORD = key("exchange", "")
_SLICE = 500


class RedisExchanges(RedisPart):
    """A string that expires for each record, and one index by time.

    The index is trimmed as records are added, so it may hold ids of expired ones for a while;
    readers pass over them.
    """

    async def put_exchanges(
        self, records: Sequence[tuple[str, float, bytes]], *, ttl: float
    ) -> None:
        """Keep records by (id, time) for `ttl` seconds from now; the same id overwrites."""
        milliseconds = max(1, int(ttl * 1000))
        for start in range(0, len(records), _SLICE):
            words: list[Argument] = []
            for exchange_id, at, data in records[start : start + _SLICE]:
                words += (exchange_id, at, data)
            await self._run("put_exchanges", [_TIMES], _RECORD, milliseconds, *words)

    async def get_exchange(self, exchange_id: str) -> bytes | None:
        """The record, or None."""
        record: bytes | None = await self._link.call("GET", f"{_RECORD}{exchange_id}")
        return record

    async def exchanges(self, *, since: float, until: float, limit: int) -> list[bytes]:
        """Records of a time range, oldest first."""
        records: list[bytes] = []
        behind: tuple[bytes, bytes] = (b"", b"")
        while len(records) < limit:
            count = min(_SLICE, limit - len(records))
            last, time, *found = await self._run(
                "next_exchanges", [_TIMES], _RECORD, since, until, count, *behind
            )
            if not last:
                break
            records += found
            behind = (last, time)
        return records
