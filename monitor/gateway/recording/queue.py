"""What waits in memory: recordings not yet read, and encoded exchanges on their way."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from monitor.exchange.answer import Answer
from monitor.exchange.model import Exchange
from monitor.journal.spool.record import Record


class Recording(Protocol):
    """A recording that nothing more is told to."""

    answer: Answer

    def finish(self) -> Exchange:
        """The exchange."""
        ...


class Queue:
    """Recordings and, behind the encoder, records; both oldest first.

    `came` is set while recordings wait, `encoded` while records do, and `empty` once nothing does.
    """

    def __init__(self) -> None:
        self.fresh: deque[Recording] = deque()
        self.records: deque[Record] = deque()
        self.bytes = 0
        self.came = asyncio.Event()
        self.encoded = asyncio.Event()
        self.empty = asyncio.Event()
        self.empty.set()
        self._notices = 0

    def __len__(self) -> int:
        return len(self.fresh) + len(self.records)

    @property
    def exchanges(self) -> int:
        """How many exchanges wait; a notice is none."""
        return len(self) - self._notices

    def add(self, record: Record) -> None:
        """Put a record behind the others."""
        self.empty.clear()
        self.bytes += len(record.data)
        self._notices += not record.exchanges
        self.records.append(record)
        self.encoded.set()

    def head(self, *, count: int, size: int) -> list[Record]:
        """The oldest records: at most `count`, and no more than `size` bytes if that is not one."""
        found: list[Record] = []
        for record in self.records:
            size -= record.size
            if found and (len(found) == count or size < 0):
                break
            found.append(record)
        return found

    def remove(self, count: int) -> int:
        """Take out the oldest records; how many exchanges they were."""
        exchanges = 0
        for _ in range(count):
            record = self.records.popleft()
            self.bytes -= len(record.data)
            self._notices -= not record.exchanges
            exchanges += record.exchanges
        if not self.records:
            self.encoded.clear()
        self.note_empty()
        return exchanges

    def clear(self) -> int:
        """Give up on what is left; how many exchanges that was."""
        lost = len(self.fresh)
        self.fresh.clear()
        return lost + self.remove(len(self.records))

    def note_empty(self) -> None:
        """Tell whoever waits for the end, if nothing waits any more."""
        if not len(self):
            self.empty.set()
