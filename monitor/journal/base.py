"""What a journal does, whatever holds it. One contract test runs on every implementation.

Two kinds of stream: the *exchanges* that gateways append and any number of score workers share
(a consumer group), and one stream of *observations* for each shard, read in order by the shard's
one owner. Both are bounded: what does not fit is refused and reported to the caller, who counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.errors import MonitorError


class JournalError(MonitorError):
    """The journal cannot be reached or refused; nothing of the call took effect for sure."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange taken from the journal. `deliveries` counts how often it was handed out."""

    position: str
    data: bytes
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Scored:
    """What the score stage made of an entry: the observation, for the shard that watches it.

    `key` identifies the exchange (id and state): a key that was committed before is not
    committed again, however often the exchange was appended or delivered.
    """

    entry: Entry
    key: str
    shard: int
    observation: bytes


@dataclass(frozen=True, slots=True)
class Erased:
    """How many entries of each kind were removed."""

    exchanges: int
    observations: int
    dead: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many entries wait.

    `exchanges` are not yet scored, `pending` of them handed out; `observations` are scored and not
    yet forgotten, over all shards; `dead` were given up on.
    """

    exchanges: int
    pending: int
    observations: int
    dead: int


class Journal(Protocol):
    """Bounded, at least once, in order within a shard."""

    async def append(self, records: Sequence[bytes]) -> int:
        """Add encoded exchanges in order; how many fit. The rest were refused: the bound is reached.

        The bound covers what waits to be scored and what waits to be watched together, so a watch
        stage that stands still ends in refusals here, never in observations lost half-way.
        """
        ...

    async def read(self, consumer: str, *, count: int, wait: float) -> list[Entry]:
        """Up to `count` entries not yet handed to anybody, waiting up to `wait` seconds for one.

        `consumer` names the caller among all workers: unique to the process. If the call is
        cancelled, what was just being handed out comes back through `claim`.
        """
        ...

    async def claim(self, consumer: str, *, idle: float, count: int) -> list[Entry]:
        """Up to `count` entries handed out at least `idle` seconds ago and never committed.

        They are handed out anew, the caller's own slow ones included; `deliveries` grows.
        """
        ...

    async def commit(self, scored: Sequence[Scored]) -> int:
        """Atomically for each: remove its entry and append its observation; how many were new.

        An entry that somebody else has committed, or whose key was committed before, adds nothing.
        """
        ...

    async def drop(self, entries: Sequence[Entry]) -> int:
        """Remove entries for good, without observation or letter; how many there were."""
        ...

    async def bury(self, entry: Entry, *, reason: str) -> None:
        """Move an entry that keeps failing to the dead letters, with the reason.

        One that was committed or buried in the meantime is left alone.
        """
        ...

    async def observations(
        self, shard: int, *, after: str, count: int, wait: float
    ) -> list[tuple[str, bytes]]:
        """Observations of a shard behind position `after` ("" for the first), oldest first."""
        ...

    async def forget(self, shard: int, *, through: str) -> None:
        """Drop the shard's observations up to and including `through`: a checkpoint covers them."""
        ...

    async def erase(
        self, exchange: Callable[[bytes], bool], observation: Callable[[bytes], bool]
    ) -> Erased:
        """Remove what these say of an entry's data, also what is handed out, and dead letters.

        Whoever scores a removed entry commits nothing of it.
        """
        ...

    async def backlog(self) -> Backlog:
        """How much is waiting."""
        ...

    async def close(self) -> None:
        """Release connections; further calls fail."""
        ...
