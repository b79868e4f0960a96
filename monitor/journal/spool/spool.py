"""A queue of records on disk: bounded in bytes and in age, in order, there again after a crash."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from monitor.journal.spool.folder import Folder
from monitor.journal.spool.record import Record
from monitor.journal.spool.segment import FIRST, Segment
from monitor.journal.spool.segments import Segments, State, remove

log = logging.getLogger(__name__)

SEGMENT_BYTES = 8 * 1024 * 1024
_SEGMENTS = 8
_SHARE_OF_AGE = 24
_SYNC_EVERY = 1.0


class Spool:
    """What `append` adds, `read` gives and `forget` removes, oldest first.

    At most `max_bytes` are kept: beyond that the oldest segment is dropped. Records older than
    `max_age` seconds are dropped. What is lost is told by reason, in exchanges: `spool_full`,
    `spool_expired`, `spool_corrupt`, and `spool_error` where the disk has lost it. `clock` gives
    seconds since the epoch.

    A record survives the death of the process once `append` has returned, and that of the machine
    after a later `tend`, at most one in a second. What was forgotten just before a crash may come
    again.
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
        self._segments = Segments()
        self._found: deque[Path] = deque()
        self._synced = 0.0

    @property
    def state(self) -> State:
        """What it holds now."""
        return self._segments.state

    def take_losses(self) -> Counter[str]:
        """What was lost since the last call."""
        lost, self._segments.lost = self._segments.lost, Counter()
        return lost

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
        self._expire()
        return self._segments.read(count=count, size=size)

    def forget(self, through: int) -> int:
        """Remove the records numbered below `through`; how many exchanges that still were.

        Those dropped in the meantime were counted as lost, and are not counted again.

        Raises
        ------
        OSError
            The disk cannot be read now; they come again.
        """
        return self._segments.forget(through)

    def tend(self) -> None:
        """Drop what is too old, and have the disk keep what is new."""
        with suppress(OSError):  # whoever reads it will say so
            self._expire()
        now = time.monotonic()
        written = self._segments.written
        if written is not None and now - self._synced >= _SYNC_EVERY:
            self._synced = now
            with suppress(OSError):  # as safe as it can be; writing on will tell
                written.sync()

    def take_over(self) -> None:
        """Look for what ended processes have left; `adopt` adds it. OSError as it comes."""
        self._found.extend(self._folder.take_over(max_age=self._max_age))

    def adopt(self) -> int | None:
        """Add one segment that was left, behind all others; how many exchanges, None for no more.

        A damaged one has what comes before the damage, and one exchange more, which is lost: how
        many there were behind it cannot be known.
        """
        if not self._found:
            return None
        self._end_segment()
        path = self._found.popleft()
        try:
            segment, damage = Segment.load(path)
        except OSError as error:
            log.warning("a segment of the spool cannot be read: %s", error.strerror)
            self._segments.lost["spool_error"] += 1
            return 1
        if segment.records:
            self._segments.add(segment)
        else:
            remove(segment)
        exchanges = segment.exchanges
        if damage is not None:
            log.warning("a segment of the spool ends early: %s", damage)
            self._segments.lost["spool_corrupt"] += 1
            exchanges += 1
        self._segments.make_room(0, within=self._max_bytes)
        return exchanges

    def close(self) -> None:
        """Leave what is here to the next process that looks for it."""
        with suppress(OSError):
            self._end_segment()
        self._folder.release()

    def _expire(self) -> None:
        self._segments.expire(self._clock() - self._max_age)

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
            lost = sum(record.exchanges for record in piece)
            self._segments.lost["spool_full"] += lost
            return
        self._segments.make_room(size + FIRST, within=self._max_bytes)
        self._segment_for(size).append(piece)

    def _segment_for(self, size: int) -> Segment:
        """The segment to add so many bytes to."""
        written = self._segments.written
        if written is not None:
            full = written.size + size > self._segment_bytes + FIRST
            # A quiet gateway fills no segment in a day, and only a whole one can expire unread.
            old = written.records and self._clock() - written.oldest > self._max_age / _SHARE_OF_AGE
            if not (full or old):
                return written
            self._end_segment()
        segment = Segment.create(self._folder.new_segment())
        self._segments.add(segment)
        return segment

    def _end_segment(self) -> None:
        written = self._segments.written
        if written is not None:
            written.close()
            self._folder.sync()
