"""The window of traffic that a report is about: of a file, or of the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from monitor.cli.output import count_lines, progress
from monitor.cli.scored import Labels, labels_of
from monitor.cli.spans import moment
from monitor.connect import connected_store
from monitor.exchange.jsonl import read
from monitor.exchange.model import Exchange
from monitor.record import ExchangeRecord, decode_record
from monitor.settings import Settings

_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where exchanges come from: a file, or the store's of a time range."""

    file: str | None
    since: str | None
    until: str | None
    model: str
    settings: Settings

    def recorded(self) -> Iterator[Exchange]:
        """Every exchange of the file, whatever its model."""
        return progress(read(self._path), "scoring", total=count_lines(self._path))

    def labels(self) -> Iterator[Labels]:
        """What each of its lines says."""
        return labels_of(self._path)

    def stored(self) -> list[ExchangeRecord]:
        """Those of the model."""
        now = time.time()
        first = moment(self.since or "0s", now=now, option="--since")
        last = moment(self.until, now=now, option="--until") if self.until else now
        found = asyncio.run(_stored(self.settings, first, last))
        if len(found) == _MOST:
            told = f"only the first {_MOST} exchanges since then: bound them by --until"
            Console(stderr=True, markup=False).print(told)
        return [x for x in found if not self.model or x.exchange.model == self.model]

    @property
    def _path(self) -> str:
        return self.file or "-"


async def _stored(settings: Settings, since: float, until: float) -> list[ExchangeRecord]:
    async with connected_store(settings.store) as store:
        data = await store.exchanges(since=since, until=until, limit=_MOST)
    return [decode_record(each) for each in data]
