"""One record of a spool: how it is written, and what a damaged one looks like.

A record is a head of 17 bytes and its data. The head holds a CRC-32 of all that follows it, the
length of the data, when the record was made, and how many exchanges it stands for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from monitor.errors import MonitorError

_CHECKSUM = struct.Struct("<I")
_REST = struct.Struct("<IdB")
HEAD_BYTES = _CHECKSUM.size + _REST.size


class DamagedError(MonitorError):
    """What should be a record is not one; where the next begins cannot be known."""


@dataclass(frozen=True, slots=True)
class Record:
    """An encoded exchange, or with `exchanges` 0 a notice of one that is under way.

    `at` is when it was made, in seconds since the epoch.
    """

    data: bytes
    at: float
    exchanges: int = 1

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return HEAD_BYTES + len(self.data)


def framed(record: Record) -> bytes:
    """The record as it is written."""
    rest = _REST.pack(len(record.data), record.at, record.exchanges) + record.data
    return _CHECKSUM.pack(zlib.crc32(rest)) + rest


def records(source: BinaryIO, *, start: int, end: int) -> Iterator[Record]:
    """The records between two places of a file, in order.

    Raises
    ------
    DamagedError
        At the first that is torn or whose checksum is wrong; those before it are sound.
    """
    source.seek(start)
    while start < end:
        record = _next(source, end - start)
        start += record.size
        yield record


def _next(source: BinaryIO, left: int) -> Record:
    head = source.read(HEAD_BYTES)
    if left < HEAD_BYTES or len(head) < HEAD_BYTES:
        raise DamagedError("a torn record")
    rest = head[_CHECKSUM.size :]
    length, at, exchanges = _REST.unpack(rest)
    if length > left - HEAD_BYTES:
        raise DamagedError("a torn record, or a wrong length")
    data = source.read(length)
    if _CHECKSUM.unpack_from(head)[0] != zlib.crc32(data, zlib.crc32(rest)):
        raise DamagedError("a wrong checksum")
    return Record(data, at, exchanges)
