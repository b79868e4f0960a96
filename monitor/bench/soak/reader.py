"""Reads the journal as a worker does, and keeps the id of every exchange in it."""

from __future__ import annotations

import asyncio

from monitor.exchange import jsonl
from monitor.journal.base import Entry, Journal, JournalError, Scored

_CONSUMER = "soak"
_COUNT = 256
_WAIT = 0.5
_IDLE = 5.0


class Reader:
    """Takes entries, notes their ids and commits them, for as long as it runs."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.ids: set[str] = set()
        self.notices = 0
        self.failures = 0

    async def run(self) -> None:
        """Read until cancelled; a journal that is away is asked again."""
        while True:
            try:
                await self._take(await self._journal.claim(_CONSUMER, idle=_IDLE, count=_COUNT))
                await self._take(await self._journal.read(_CONSUMER, count=_COUNT, wait=_WAIT))
            except JournalError:
                self.failures += 1
                await asyncio.sleep(_WAIT)

    async def is_empty(self) -> bool:
        """Whether nothing is left to read; false while the journal is away."""
        try:
            return (await self._journal.backlog()).exchanges == 0
        except JournalError:
            return False

    async def _take(self, entries: list[Entry]) -> None:
        if not entries:
            return
        scored = []
        for entry in entries:
            exchange = jsonl.decode(entry.data)
            scored.append(Scored(entry, f"{exchange.id}:{exchange.state}", 0, b"-"))
            if exchange.state == "stalled":
                self.notices += 1
            else:
                self.ids.add(exchange.id)
        await self._journal.commit(scored)
        ends = await self._journal.observations(0, after="", count=_COUNT, wait=0)
        if ends:
            await self._journal.forget(0, through=ends[-1][0])
