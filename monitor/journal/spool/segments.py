"""The segments of a spool as one queue: oldest first, and every loss counted."""

from __future__ import annotations

import errno
import logging
from collections import Counter, deque
from dataclasses import dataclass
from itertools import takewhile

from monitor.journal.spool.record import DamagedError, Record
from monitor.journal.spool.segment import Segment

log = logging.getLogger(__name__)

_NEVER = {errno.EIO, errno.ENOENT}


@dataclass(frozen=True, slots=True)
class State:
    """What a spool holds. `first` is the number of its first record, counted since it was made.

    `oldest` is when that one was made, or a little earlier; seconds since the epoch.
    """

    first: int = 0
    records: int = 0
    exchanges: int = 0
    bytes: int = 0
    oldest: float = 0.0


class Segments:
    """A queue of segments; only the last may be one that is written to.

    What is dropped is counted in `lost`, in exchanges. A segment that is damaged or gone is dropped
    from there on; any other failure to read is raised as OSError, as it may pass.
    """

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()
        self._queue: deque[Segment] = deque()
        self._first = 0

    @property
    def state(self) -> State:
        """What they hold now."""
        return State(
            first=self._first,
            records=sum(segment.records for segment in self._queue),
            exchanges=sum(segment.exchanges for segment in self._queue),
            bytes=sum(segment.size for segment in self._queue),
            oldest=self._queue[0].oldest if self._queue else 0.0,
        )

    @property
    def written(self) -> Segment | None:
        """The one that is written to."""
        return self._queue[-1] if self._queue and self._queue[-1].is_open else None

    def add(self, segment: Segment) -> None:
        """Put a segment behind the others."""
        self._queue.append(segment)

    def read(self, *, count: int, size: int) -> list[Record]:
        """The oldest records, of one segment: see `Segment.read`."""
        while self._queue:
            try:
                return self._queue[0].read(count=count, size=size)
            except (DamagedError, OSError) as error:
                self._give_up(error)
        return []

    def forget(self, through: int) -> int:
        """Remove the records numbered below `through`; how many exchanges that still were."""
        exchanges = 0
        while self._queue and self._first < through:
            segment = self._queue[0]
            count = min(segment.records, through - self._first)
            try:
                exchanges += self._forget(segment, count)
            except (DamagedError, OSError) as error:
                if exchanges:  # the rest comes again, and is then given up
                    break
                self._give_up(error)
        return exchanges

    def expire(self, limit: float) -> None:
        """Drop what was made before `limit`."""
        while self._queue and self._queue[0].newest < limit:
            self._drop("spool_expired")
        if self._queue and self._queue[0].oldest < limit:
            segment = self._queue[0]
            left = self.read(count=segment.records, size=segment.size)
            old = len(list(takewhile(lambda record: record.at < limit, left)))
            self.lost["spool_expired"] += self.forget(self._first + old)

    def make_room(self, size: int, *, within: int) -> None:
        """Drop the oldest until there is room for `size` bytes more."""
        held = sum(segment.size for segment in self._queue)
        while self._queue and held + size > within:
            held -= self._queue[0].size
            self._drop("spool_full")

    def _forget(self, segment: Segment, count: int) -> int:
        if count == segment.records:
            exchanges = segment.exchanges
            self._shift()
        else:
            exchanges = segment.forget(count)
            self._first += count
        return exchanges

    def _give_up(self, error: DamagedError | OSError) -> None:
        """Drop the oldest if it can never be read; raise what may pass."""
        if isinstance(error, OSError) and error.errno not in _NEVER:
            raise error
        log.warning("a segment of the spool cannot be read: %s", error)
        self._drop("spool_error" if isinstance(error, OSError) else "spool_corrupt")

    def _drop(self, reason: str) -> None:
        self.lost[reason] += self._queue[0].exchanges
        self._shift()

    def _shift(self) -> None:
        """Remove the oldest, read or not."""
        segment = self._queue.popleft()
        self._first += segment.records
        remove(segment)


def remove(segment: Segment) -> None:
    """Delete a segment's file, or at least say that it is still there."""
    try:
        segment.remove()
    except OSError as error:
        log.warning("a segment of the spool cannot be removed: %s", error.strerror)
