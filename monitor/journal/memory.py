"""A journal in this process's memory: for one process without a server, and for tests."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monitor.journal.base import Backlog, Entry, Erased, JournalError, Scored

_DEAD_MAX = 1_000


@dataclass(slots=True)
class _Handed:
    """An entry that a consumer holds, and since when on the journal's clock."""

    entry: Entry
    since: float


class MemoryJournal:
    """Keeps everything in lists; what a crash loses is all of it.

    `limit` bounds what waits, as exchanges and as observations together. `seen_for` is how many
    seconds a committed key is remembered. `clock` gives seconds and never goes back.
    """

    def __init__(
        self,
        *,
        limit: int = 100_000,
        seen_for: float = 3_600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seen_for = seen_for
        self._clock = clock
        self._waiting: deque[Entry] = deque()
        self._handed: dict[str, _Handed] = {}
        self._seen: dict[str, float] = {}
        self._shards: dict[int, deque[tuple[int, bytes]]] = {}
        self._dead: deque[tuple[Entry, str]] = deque(maxlen=_DEAD_MAX)
        self._last = 0
        self._changed = asyncio.Condition()
        self._closed = False

    async def append(self, records: Sequence[bytes]) -> int:
        """Add encoded exchanges in order; how many fit."""
        self._check_open()
        fitting = records[: max(0, self._limit - self._held())]
        self._waiting.extend(Entry(str(self._position()), data) for data in fitting)
        await self._wake()
        return len(fitting)

    async def read(self, consumer: str, *, count: int, wait: float) -> list[Entry]:
        """Up to `count` entries not yet handed to anybody."""
        del consumer
        await self._until(lambda: bool(self._waiting), wait)
        now = self._clock()
        taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        self._handed.update((entry.position, _Handed(entry, now)) for entry in taken)
        return taken

    async def claim(self, consumer: str, *, idle: float, count: int) -> list[Entry]:
        """Up to `count` entries handed out at least `idle` seconds ago."""
        del consumer
        self._check_open()
        now = self._clock()
        stale = [held for held in self._handed.values() if now - held.since >= idle][:count]
        for held in stale:
            held.entry = replace(held.entry, deliveries=held.entry.deliveries + 1)
            held.since = now
        return [held.entry for held in stale]

    async def commit(self, scored: Sequence[Scored]) -> int:
        """Remove entries and append their observations; how many were new."""
        self._check_open()
        now = self._clock()
        self._forget_seen(now)
        held = [each for each in scored if self._handed.pop(each.entry.position, None)]
        new = 0
        for each in held:
            if each.key not in self._seen:
                self._seen[each.key] = now
                shard = self._shards.setdefault(each.shard, deque())
                shard.append((self._position(), each.observation))
                new += 1
        await self._wake()
        return new

    async def drop(self, entries: Sequence[Entry]) -> int:
        """Remove entries for good; how many there were."""
        self._check_open()
        gone = [entry for entry in entries if self._handed.pop(entry.position, None)]
        await self._wake()
        return len(gone)

    async def bury(self, entry: Entry, *, reason: str) -> None:
        """Move an entry to the dead letters; one that is no longer pending is left alone."""
        self._check_open()
        if self._handed.pop(entry.position, None):
            self._dead.append((entry, reason))

    async def observations(
        self, shard: int, *, after: str, count: int, wait: float
    ) -> list[tuple[str, bytes]]:
        """Observations of a shard behind `after`, oldest first."""
        behind = int(after or 0)

        def ready() -> bool:
            queue = self._shards.get(shard)
            return queue is not None and len(queue) > 0 and queue[-1][0] > behind

        await self._until(ready, wait)
        found = [(str(at), data) for at, data in self._shards.get(shard, ()) if at > behind]
        return found[:count]

    async def forget(self, shard: int, *, through: str) -> None:
        """Drop the shard's observations up to and including `through`."""
        self._check_open()
        queue = self._shards.get(shard, deque())
        while through and queue and queue[0][0] <= int(through):
            queue.popleft()

    async def erase(
        self, exchange: Callable[[bytes], bool], observation: Callable[[bytes], bool]
    ) -> Erased:
        """Remove what these say of an entry's data, also what is handed out, and dead letters."""
        self._check_open()
        before = await self.backlog()
        self._waiting = deque(each for each in self._waiting if not exchange(each.data))
        self._handed = {
            position: held
            for position, held in self._handed.items()
            if not exchange(held.entry.data)
        }
        self._shards = {
            shard: deque(each for each in queue if not observation(each[1]))
            for shard, queue in self._shards.items()
        }
        dead = (each for each in self._dead if not exchange(each[0].data))
        self._dead = deque(dead, maxlen=_DEAD_MAX)
        left = await self.backlog()
        return Erased(
            before.exchanges - left.exchanges,
            before.observations - left.observations,
            before.dead - left.dead,
        )

    async def backlog(self) -> Backlog:
        """How much is waiting."""
        self._check_open()
        return Backlog(
            exchanges=len(self._waiting) + len(self._handed),
            pending=len(self._handed),
            observations=sum(map(len, self._shards.values())),
            dead=len(self._dead),
        )

    async def close(self) -> None:
        """End every waiting call; further calls fail."""
        self._closed = True
        await self._wake()

    def _held(self) -> int:
        watched = sum(map(len, self._shards.values()))
        return len(self._waiting) + len(self._handed) + watched

    def _position(self) -> int:
        self._last += 1
        return self._last

    def _forget_seen(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] < self._seen_for:
                return
            del self._seen[oldest]

    def _check_open(self) -> None:
        if self._closed:
            raise JournalError("the journal is closed")

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _until(self, ready: Callable[[], bool], wait: float) -> None:
        self._check_open()
        if ready() or wait <= 0:
            return
        try:
            async with asyncio.timeout(wait), self._changed:
                await self._changed.wait_for(lambda: ready() or self._closed)
        except TimeoutError:
            return
        self._check_open()
