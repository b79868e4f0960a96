"""One file of a spool: a head, then records. It is appended to, read from its position, removed.

The head says how far the file has been read. It is written after the journal has taken what was
read, so it may lag behind, never run ahead: after a crash some records come again.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from monitor.journal.spool.record import DamagedError, Record, framed, records

MAGIC = b"SWSPOOL\x01"  # the last byte is the version
_HEAD = struct.Struct("<8s12s")
_POSITION = struct.Struct("<QI")
FIRST = _HEAD.size


class Segment:
    """A file of records, and how much of it is left to read.

    `oldest` and `newest` are the times of the records left. OSError is raised as it comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = FIRST
        self.records = 0
        self.exchanges = 0
        self.oldest = 0.0
        self.newest = 0.0
        self._position = FIRST
        self._end = FIRST
        self._descriptor: int | None = None
        self._unsynced = False

    @classmethod
    def create(cls, path: Path) -> Segment:
        """An empty one, for this user alone, to append to."""
        segment = cls(path)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        segment._descriptor = os.open(path, flags, 0o600)
        try:
            _write(segment._descriptor, _HEAD.pack(MAGIC, _packed(FIRST)), 0)
        except OSError:
            segment.remove()
            raise
        return segment

    @classmethod
    def load(cls, path: Path) -> tuple[Segment, DamagedError | None]:
        """What another process left, to read; and the damage behind which nothing can be read."""
        segment = cls(path)
        segment.size = path.stat().st_size
        try:
            segment._count()
        except DamagedError as damage:
            return segment, damage
        return segment, None

    @property
    def is_open(self) -> bool:
        """Whether it is written to."""
        return self._descriptor is not None

    def append(self, batch: Sequence[Record]) -> None:
        """Add records; all of them, or none and an OSError."""
        assert self._descriptor is not None
        data = b"".join(map(framed, batch))
        try:
            _write(self._descriptor, data, self._end)
        except OSError:
            os.ftruncate(self._descriptor, self._end)
            raise
        self._unsynced = True
        self._end = self.size = self._end + len(data)
        for record in batch:
            self._add(record)

    def read(self, *, count: int, size: int) -> list[Record]:
        """The next records: at least one, at most `count`, and no more than `size` bytes of them.

        Raises
        ------
        DamagedError
            The first of them is not what was written.
        """
        found: list[Record] = []
        taken = 0
        try:
            with self.path.open("rb") as source:
                for record in records(source, start=self._position, end=self._end):
                    taken += record.size
                    if found and (len(found) == count or taken > size):
                        break
                    found.append(record)
        except DamagedError:
            if not found:
                raise
        return found

    def forget(self, count: int) -> int:
        """Read on from behind the next `count` records; how many exchanges they were.

        Raises
        ------
        DamagedError
            One of them cannot be read any more.
        """
        with self.path.open("rb") as source:
            unread = records(source, start=self._position, end=self._end)
            gone = list(islice(unread, count))
            self.oldest = _time_of_next(unread) or gone[-1].at
        self._position += sum(record.size for record in gone)
        self.records -= len(gone)
        exchanges = sum(record.exchanges for record in gone)
        self.exchanges -= exchanges
        with suppress(OSError), self.path.open("rb+") as target:  # it may lag behind
            target.seek(len(MAGIC))
            target.write(_packed(self._position))
        return exchanges

    def sync(self) -> None:
        """Have the disk keep what was appended."""
        if self._unsynced and self._descriptor is not None:
            self._unsynced = False
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Append no more."""
        if self._descriptor is not None:
            try:
                self.sync()
            finally:
                os.close(self._descriptor)
                self._descriptor = None

    def remove(self) -> None:
        """Delete the file."""
        self._unsynced = False
        self.close()
        self.path.unlink(missing_ok=True)

    def _add(self, record: Record) -> None:
        self.oldest = self.oldest if self.records else record.at
        self.newest = record.at
        self.records += 1
        self.exchanges += record.exchanges

    def _count(self) -> None:
        with self.path.open("rb") as source:
            self._position = self._end = _position(source.read(FIRST))
            if self._position > self.size:
                raise DamagedError("a torn file")
            for record in records(source, start=self._position, end=self.size):
                self._end += record.size
                self._add(record)


def _time_of_next(unread: Iterator[Record]) -> float | None:
    try:
        record = next(unread, None)
    except DamagedError:  # whoever reads it will say so
        return None
    return record.at if record else None


def _packed(position: int) -> bytes:
    plain = position.to_bytes(8, "little")
    return _POSITION.pack(position, zlib.crc32(plain))


def _position(head: bytes) -> int:
    """How far a file with this head was read; its beginning where the head does not say."""
    if len(head) < FIRST:
        raise DamagedError("a torn head")
    magic, place = _HEAD.unpack(head)
    if magic != MAGIC:
        raise DamagedError("not a segment of a known version")
    position, checksum = _POSITION.unpack(place)
    sound = checksum == zlib.crc32(place[:8]) and position >= FIRST
    return int(position) if sound else FIRST


def _write(descriptor: int, data: bytes, at: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, at)
        left = left[written:]
        at += written
