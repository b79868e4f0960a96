"""Exchanges of the store, to make a baseline of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from detectors.origin import Origin
from monitor.baselines.building import Selection
from monitor.errors import MonitorError
from monitor.exchange.model import Exchange
from monitor.record import ExchangeRecord, decode_record
from monitor.store.base import Store

MOST = 20_000
"""Exchanges taken for one baseline; of more, stretches spread evenly over the time are taken."""

_STRETCHES = 200
_PAGE = 1_000
_TEXTLESS = "text"
_WITHOUT_TEXT = "without text"


class NoTextsError(MonitorError):
    """The store keeps no texts, so nothing can be made of its exchanges."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Exchanges of a time range, oldest first, and what to say of them."""

    exchanges: list[Exchange]
    origin: Origin


async def stored(
    store: Store, *, since: float, until: float, how: Origin, selection: Selection, most: int = MOST
) -> Stored:
    """The chosen exchanges of a time range, both ends included, at most `most`.

    `how` is the origin as far as it is known.

    Raises
    ------
    NoTextsError
        They are there, but without their texts.
    """
    taken = _Taken(selection)
    await taken.take(store, since, until, room=most + 1)
    is_part = len(taken.exchanges) > most
    if is_part:
        taken = await _spread(store, since, until, selection, most)
    if taken.skipped[_WITHOUT_TEXT] and not taken.exchanges:
        raise NoTextsError(
            "the store keeps no texts, so no baseline can be made of it: build one from a FILE, "
            "or set privacy.store_text to redacted"
        )
    return Stored(
        taken.exchanges,
        replace(
            how,
            source=f"{how.source}, evenly spread stretches of it" if is_part else how.source,
            since=since,
            until=until,
            read=taken.read,
            skipped=dict(taken.skipped),
            redaction="texts as stored, redacted" if taken.masked else "",
            masked=taken.masked,
        ),
    )


async def _spread(
    store: Store, since: float, until: float, selection: Selection, most: int
) -> _Taken:
    """Stretches of consecutive exchanges from equal parts of the time, so that its rhythm is seen."""
    taken, step = _Taken(selection), (until - since) / _STRETCHES
    for part in range(_STRETCHES):
        start = since + part * step
        await taken.take(store, start, start + step, room=max(1, most // _STRETCHES))
    return taken


@dataclass
class _Taken:
    """What was read so far, each exchange once."""

    selection: Selection
    exchanges: list[Exchange] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    masked: int = 0
    _seen: set[str] = field(default_factory=set)

    @property
    def read(self) -> int:
        return len(self._seen)

    async def take(self, store: Store, since: float, until: float, *, room: int) -> None:
        """Add the chosen exchanges of a time range, the earliest `room` of them."""
        full = len(self.exchanges) + room
        while len(self.exchanges) < full:
            data = await store.exchanges(since=since, until=until, limit=_PAGE)
            known = len(self._seen)
            for each in data:
                record = decode_record(each)
                since = record.exchange.ts
                self._add(record)
                if len(self.exchanges) == full:
                    return
            if len(data) < _PAGE or len(self._seen) == known:
                return

    def _add(self, record: ExchangeRecord) -> None:
        if record.exchange.id in self._seen:
            return
        self._seen.add(record.exchange.id)
        reason = self.selection.leaves_out(record.exchange)
        if not reason and _TEXTLESS in record.redacted:
            reason = _WITHOUT_TEXT
        if reason:
            self.skipped[reason] += 1
            return
        self.masked += bool(record.redacted)
        self.exchanges.append(record.exchange)
