"""The journal in Redis Streams: one consumer group for scoring, one stream for each shard.

Needs the commands of Redis 6.2. An entry leaves its stream when it is committed, so a stream's
length is its backlog. What changes more than one key is one Lua script, so it happens whole or
not at all, also when the caller dies half-way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from redis.exceptions import ResponseError

from monitor.journal.base import Backlog, Entry, Erased, JournalError, Scored
from monitor.link import PREFIX, Argument, Link, Script

T = TypeVar("T")

_EXCHANGES = f"{PREFIX}:exchanges"
_SHARDS = f"{PREFIX}:shards"
_DEAD = f"{PREFIX}:dead"
_GROUP = "score"
_DEAD_MAX = 1_000
_DEAD_TTL = 7 * 86_400
_SLICE = 500


class RedisJournal:
    """Bounded streams on a server that any number of processes share.

    `url` is redis://, rediss:// or unix://. `limit` bounds what waits, as exchanges and as
    observations together. `seen_for` is how many seconds a committed key is remembered. `timeout`
    bounds connecting and each answer, in seconds; a server that is away is a JournalError by then.
    `closing` is awaited by `close`, last.
    """

    def __init__(
        self,
        url: str,
        *,
        limit: int = 100_000,
        seen_for: int = 3_600,
        timeout: float = 5.0,
        closing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._link = Link(url, error=JournalError, timeout=timeout, closing=closing)
        self._limit = limit
        self._seen_for = seen_for
        self._append, self._claim, self._commit, self._bury, self._backlog, self._erase = (
            Script.load("monitor.journal", name)
            for name in ("append", "claim", "commit", "bury", "backlog", "erase")
        )

    async def append(self, records: Sequence[bytes]) -> int:
        """Add encoded exchanges in order; how many fit. A server out of memory fits none."""
        if not records:
            return 0
        arguments: list[Argument] = [self._limit, _GROUP, *records]
        return int(await self._link.run(self._append, [_EXCHANGES, _SHARDS], arguments))

    async def read(self, consumer: str, *, count: int, wait: float) -> list[Entry]:
        """Up to `count` entries not yet handed to anybody."""
        command = ("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", count)
        tail = ("STREAMS", _EXCHANGES, ">")
        found = await self._in_group(
            lambda: self._link.call_blocking(*command, *_block(wait), *tail, wait=wait)
        )
        return [Entry(position, data) for position, data in _records(found)]

    async def claim(self, consumer: str, *, idle: float, count: int) -> list[Entry]:
        """Up to `count` entries handed out at least `idle` seconds ago."""
        taken: list[Entry] = []
        start = "0-0"
        while len(taken) < count:
            arguments = (_GROUP, consumer, int(idle * 1000), start, count - len(taken))
            found = await self._in_group(
                lambda sent=arguments: self._link.run(self._claim, [_EXCHANGES], sent)  # type: ignore[misc]
            )
            taken.extend(Entry(at.decode(), data, times) for at, data, times in found[1])
            start = found[0].decode()
            if start == "0-0":
                break
        return taken

    async def commit(self, scored: Sequence[Scored]) -> int:
        """Remove entries and append their observations; how many were new."""
        keys: list[str] = [_EXCHANGES, _SHARDS]
        arguments: list[Argument] = [_GROUP, self._seen_for]
        for each in scored:
            keys += [f"{PREFIX}:seen:{each.key}", _observations(each.shard)]
            arguments += [each.entry.position, each.observation]
        return int(await self._link.run(self._commit, keys, arguments)) if scored else 0

    async def drop(self, entries: Sequence[Entry]) -> int:
        """Remove entries for good; how many there were."""
        positions = [entry.position for entry in entries]
        return int(await self._link.run(self._erase, [_EXCHANGES], [_GROUP, *positions]))

    async def bury(self, entry: Entry, *, reason: str) -> None:
        """Move an entry to the dead letters: the latest 1,000, for a week at most."""
        what: list[Argument] = [entry.position, entry.data, reason, entry.deliveries]
        bounds = [_DEAD_MAX, _DEAD_TTL]
        await self._link.run(self._bury, [_EXCHANGES, _DEAD], [_GROUP, *what, *bounds])

    async def observations(
        self, shard: int, *, after: str, count: int, wait: float
    ) -> list[tuple[str, bytes]]:
        """Observations of a shard behind `after`, oldest first."""
        head = ("XREAD", "COUNT", count, *_block(wait))
        tail = ("STREAMS", _observations(shard), after or "0-0")
        return _records(await self._link.call_blocking(*head, *tail, wait=wait))

    async def forget(self, shard: int, *, through: str) -> None:
        """Drop the shard's observations up to and including `through`."""
        if through:
            milliseconds, _, sequence = through.partition("-")
            first_kept = f"{milliseconds}-{int(sequence) + 1}"
            await self._link.call("XTRIM", _observations(shard), "MINID", first_kept)

    async def erase(
        self, exchange: Callable[[bytes], bool], observation: Callable[[bytes], bool]
    ) -> Erased:
        """Remove what these say of an entry's data, also what is handed out, and dead letters."""
        watched = 0
        for stream in await self._link.call("SMEMBERS", _SHARDS):
            watched += await self._erase_of(stream.decode(), "", observation)
        return Erased(
            await self._erase_of(_EXCHANGES, _GROUP, exchange),
            watched,
            await self._erase_of(_DEAD, "", exchange),
        )

    async def _erase_of(self, stream: str, group: str, theirs: Callable[[bytes], bool]) -> int:
        gone, start = 0, "-"
        while found := await self._link.call("XRANGE", stream, start, "+", "COUNT", _SLICE):
            ids = [position for position, fields in found if theirs(fields[b"d"])]
            if ids:
                gone += int(await self._link.run(self._erase, [stream], [group, *ids]))
            start = f"({found[-1][0].decode()}"
        return gone

    async def backlog(self) -> Backlog:
        """How much is waiting."""
        keys = [_EXCHANGES, _SHARDS, _DEAD]
        return Backlog(*await self._link.run(self._backlog, keys, [_GROUP]))

    async def close(self) -> None:
        """Disconnect; further calls fail."""
        await self._link.close()

    async def _in_group(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call; where the group is missing, as on a fresh server, found it and repeat."""
        try:
            return await call()
        except JournalError as error:
            if not _says(error, "NOGROUP"):
                raise
        try:
            await self._link.call("XGROUP", "CREATE", _EXCHANGES, _GROUP, "0", "MKSTREAM")
        except JournalError as error:
            if not _says(error, "BUSYGROUP"):
                raise
        return await call()


def _observations(shard: int) -> str:
    return f"{PREFIX}:observations:{shard}"


def _block(wait: float) -> tuple[str, int] | tuple[()]:
    """BLOCK 0 would wait for ever, so a wait below a millisecond is none."""
    milliseconds = int(wait * 1000)
    return ("BLOCK", milliseconds) if milliseconds > 0 else ()


def _records(answer: Any) -> list[tuple[str, bytes]]:
    """Position and data of each entry of the one stream that was read."""
    entries = answer[0][1] if answer else []
    return [(position.decode(), fields[b"d"]) for position, fields in entries if fields]


def _says(error: JournalError, word: str) -> bool:
    return isinstance(error.__cause__, ResponseError) and word in str(error.__cause__)
