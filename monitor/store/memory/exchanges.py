"""Exchange records that expire."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from monitor.access.owner import of_record


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    expires: float
    data: bytes
    notice: bool = False


class MemoryExchanges:
    """Records by id, with a list sorted by time; expired ones are swept when others are put."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._exchange_clock = clock
        self._kept: dict[str, _Kept] = {}
        self._by_time: list[tuple[float, str]] = []

    async def put_exchanges(
        self, records: Sequence[tuple[str, float, bytes]], *, ttl: float
    ) -> None:
        """Keep records by (id, time) for `ttl` seconds from now; the same id overwrites."""
        now = self._exchange_clock()
        self._sweep(now)
        for exchange_id, at, data in records:
            self._put(exchange_id, _Kept(at, now + ttl, data))

    async def put_notices(self, records: Sequence[tuple[str, float, bytes]], *, ttl: float) -> None:
        """As `put_exchanges`, of exchanges still under way: a finished record of the same id stays."""
        now = self._exchange_clock()
        self._sweep(now)
        for exchange_id, at, data in records:
            kept = self._kept.get(exchange_id)
            if kept is None or kept.notice or kept.expires <= now:
                self._put(exchange_id, _Kept(at, now + ttl, data, notice=True))

    async def get_exchange(self, exchange_id: str) -> bytes | None:
        """The record, or None."""
        kept = self._kept.get(exchange_id)
        return kept.data if kept and kept.expires > self._exchange_clock() else None

    async def exchanges(
        self, *, since: float, until: float, limit: int, tenant: str = ""
    ) -> list[bytes]:
        """Records of a time range, oldest first."""
        now = self._exchange_clock()
        start = bisect_left(self._by_time, (since, ""))
        end = bisect_right(self._by_time, until, key=lambda pair: pair[0])
        kept = (self._kept[exchange_id] for _, exchange_id in self._by_time[start:end])
        found = (each.data for each in kept if each.expires > now)
        return [data for data in found if tenant in {"", of_record(data).tenant}][:limit]

    async def walk_exchanges(self, *, since: float, until: float) -> AsyncIterator[bytes]:
        """Every record of a time range, oldest first."""
        for record in await self.exchanges(since=since, until=until, limit=len(self._kept)):
            yield record

    async def delete_exchanges(self, ids: Sequence[str]) -> int:
        """Remove records by id; how many there were."""
        there = [name for name in dict.fromkeys(ids) if name in self._kept]
        for name in there:
            self._drop(name)
        return len(there)

    def _sweep(self, now: float) -> None:
        """Drop what has expired: records are put in the order in which they expire, mostly."""
        while self._kept:
            oldest = next(iter(self._kept))
            if self._kept[oldest].expires > now:
                return
            self._drop(oldest)

    def _put(self, exchange_id: str, kept: _Kept) -> None:
        self._drop(exchange_id)
        self._kept[exchange_id] = kept
        insort(self._by_time, (kept.at, exchange_id))

    def _drop(self, exchange_id: str) -> None:
        if kept := self._kept.pop(exchange_id, None):
            pair = (kept.at, exchange_id)
            del self._by_time[bisect_left(self._by_time, pair)]
