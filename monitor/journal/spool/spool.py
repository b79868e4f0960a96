"""A queue of records on disk: bounded in bytes and in age, in order, there again after a crash."""

from __future__ import annotations

import errno
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from monitor.journal.spool.folder import Folder
from monitor.journal.spool.record import DamagedError, Record
from monitor.journal.spool.segment import FIRST, Segment

log = logging.getLogger(__name__)

SEGMENT_BYTES = 8 * 1024 * 1024
_SEGMENTS = 8
_SHARE_OF_AGE = 24
_SYNC_EVERY = 1.0
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


class Spool:
    """What `append` adds, `read` gives and `forget` removes, oldest first.

    At most `max_bytes` are kept: beyond that the oldest segment is dropped. Records older than
    `max_age` seconds are dropped. What is lost is counted in `lost`, by reason, in exchanges:
    `spool_full`, `spool_expired`, `spool_corrupt`, and `spool_error` where the disk cannot read it.
    `clock` gives seconds since the epoch.

    A record survives the death of the process once `append` has returned, and that of the machine
    about a second later. What was forgotten just before a crash may come again.
    """

    def __init__(
        self,
        root: Path,
        *,
        store: str,
        max_bytes: int,
        max_age: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take a folder below `root`, for what is meant for `store`. OSError where that fails."""
        self._folder = Folder(root, store=store)
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._clock = clock
        self._segment_bytes = min(SEGMENT_BYTES, max_bytes // _SEGMENTS)
        self._segments: deque[Segment] = deque()
        self._writing: Segment | None = None
        self._found: deque[Path] = deque()
        self._first = 0
        self._synced = 0.0
        self.lost: Counter[str] = Counter()

    @property
    def state(self) -> State:
        """What it holds now."""
        return State(
            first=self._first,
            records=sum(segment.records for segment in self._segments),
            exchanges=sum(segment.exchanges for segment in self._segments),
            bytes=sum(segment.size for segment in self._segments),
            oldest=self._segments[0].oldest if self._segments else 0.0,
        )

    def append(self, batch: Sequence[Record]) -> int:
        """Add records behind all others; how many, before the disk refused.

        Raises
        ------
        OSError
            The disk refused the first.
        """
        done = 0
        for piece in self._pieces(batch):
            try:
                self._append(piece)
            except OSError:
                if not done:
                    raise
                break
            done += len(piece)
        return done

    def read(self, *, count: int, size: int) -> list[Record]:
        """The oldest records, at most `count`, and no more than `size` bytes if that is not one.

        Raises
        ------
        OSError
            The disk cannot be read now; later perhaps.
        """
        self.expire()
        while self._segments:
            try:
                return self._segments[0].read(count=count, size=size)
            except DamagedError as damage:
                log.warning("a segment of the spool is damaged: %s", damage)
                self._drop("spool_corrupt")
            except OSError as error:
                self._give_up(error)
        return []

    def forget(self, through: int) -> int:
        """Remove the records numbered below `through`; how many exchanges that still were.

        Those dropped in the meantime were counted as lost, and are not counted again.

        Raises
        ------
        OSError
            The disk cannot be read now; some of them may come again.
        """
        exchanges = 0
        while self._segments and self._first < through:
            segment = self._segments[0]
            count = min(segment.records, through - self._first)
            if count == segment.records:
                exchanges += segment.exchanges
                self._shift()
                continue
            try:
                exchanges += segment.forget(count)
                self._first += count
            except DamagedError as damage:
                log.warning("a segment of the spool is damaged: %s", damage)
                self._drop("spool_corrupt")
            except OSError as error:
                self._give_up(error)
        return exchanges

    def expire(self) -> None:
        """Drop what is too old."""
        limit = self._clock() - self._max_age
        while self._segments and self._segments[0].newest < limit:
            self._drop("spool_expired")
        if self._segments and self._segments[0].oldest < limit:
            self._expire_part(limit)

    def sync(self) -> None:
        """Have the disk keep what was added, unless that was asked within the last second."""
        now = time.monotonic()
        if self._writing is not None and now - self._synced >= _SYNC_EVERY:
            self._synced = now
            self._writing.sync()

    def take_over(self) -> None:
        """Look for what ended processes have left; `adopt` adds it, one segment at a time."""
        self._found.extend(self._folder.take_over(max_age=self._max_age))

    def adopt(self) -> int | None:
        """Add one segment that was left, behind all others; how many exchanges, None for no more.

        A damaged one has what comes before the damage, and one exchange more, which is lost: how
        many there were behind it cannot be known.
        """
        if not self._found:
            return None
        self._close_writing()
        path = self._found.popleft()
        try:
            segment, damage = Segment.load(path)
        except OSError as error:
            log.warning("a segment of the spool cannot be read: %s", error.strerror)
            return self._lose_one("spool_error")
        self._segments.append(segment)
        lost = 0
        if damage is not None:
            log.warning("a segment of the spool ends early: %s", damage)
            lost = self._lose_one("spool_corrupt")
        found = segment.exchanges + lost
        if not segment.records:
            self._remove(self._segments.pop())
        self._make_room(0)
        return found

    def close(self) -> None:
        """Leave what is here to the next process that looks for it."""
        with suppress(OSError):
            self._close_writing()
        self._folder.release()

    def _pieces(self, batch: Sequence[Record]) -> Iterator[list[Record]]:
        """Records that fit a segment, together or each alone."""
        piece: list[Record] = []
        room = self._segment_bytes
        for record in batch:
            if piece and record.size > room:
                yield piece
                piece, room = [], self._segment_bytes
            piece.append(record)
            room -= record.size
        if piece:
            yield piece

    def _append(self, piece: list[Record]) -> None:
        size = sum(record.size for record in piece)
        if size + FIRST > self._max_bytes:
            self.lost["spool_full"] += sum(record.exchanges for record in piece)
            return
        self._make_room(size + FIRST)
        self._open_writing(size).append(piece)

    def _open_writing(self, size: int) -> Segment:
        """The segment to add so many bytes to."""
        if (writing := self._writing) is not None:
            full = writing.size + size > self._segment_bytes + FIRST
            # A quiet gateway fills no segment in a day, and only a whole one can expire unread.
            old = writing.records and self._clock() - writing.oldest > self._max_age / _SHARE_OF_AGE
            if not (full or old):
                return writing
            self._close_writing()
        self._writing = Segment.create(self._folder.new_segment())
        self._segments.append(self._writing)
        return self._writing

    def _close_writing(self) -> None:
        if (writing := self._writing) is not None:
            self._writing = None
            writing.close()
            self._folder.sync()

    def _make_room(self, size: int) -> None:
        held = sum(segment.size for segment in self._segments)
        while self._segments and held + size > self._max_bytes:
            held -= self._segments[0].size
            self._drop("spool_full")

    def _expire_part(self, limit: float) -> None:
        segment = self._segments[0]
        try:
            left = segment.read(count=segment.records, size=SEGMENT_BYTES)
        except (DamagedError, OSError):  # whoever reads it will say so
            return
        old = len(list(takewhile(lambda record: record.at < limit, left)))
        self.lost["spool_expired"] += self.forget(self._first + old)

    def _drop(self, reason: str) -> None:
        self.lost[reason] += self._segments[0].exchanges
        self._shift()

    def _give_up(self, error: OSError) -> None:
        """Drop the oldest segment if it can never be read; raise what may pass."""
        if error.errno not in _NEVER:
            raise error
        log.warning("a segment of the spool cannot be read: %s", error.strerror)
        self._drop("spool_error")

    def _lose_one(self, reason: str) -> int:
        self.lost[reason] += 1
        return 1

    def _shift(self) -> None:
        """Remove the oldest segment, read or not."""
        segment = self._segments.popleft()
        self._first += segment.records
        if segment is self._writing:
            self._writing = None
        self._remove(segment)

    def _remove(self, segment: Segment) -> None:
        try:
            segment.remove()
        except OSError as error:
            log.warning("a segment of the spool cannot be removed: %s", error.strerror)
