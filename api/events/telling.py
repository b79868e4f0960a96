"""The events of incidents as server-sent events (WHATWG HTML, 9.2), for one caller."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from api.guard.callers import Caller
from monitor.access.keys import is_valid
from monitor.incidents.events import EventKind, IncidentEvent, position
from monitor.store.base import Store, StoreError

_AT_ONCE = 100
START = "0-0"
"""Stands before every event."""
_GAP = b'event: gap\ndata: {"detail":"events before these are no longer kept"}\n\n'


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events, and until when: `seconds` after the first word, or for ever."""

    after: str
    kinds: frozenset[EventKind] = frozenset()
    incidents: frozenset[str] = frozenset()
    seconds: float | None = None

    def passes(self, event: IncidentEvent) -> bool:
        """Whether an event is among these."""
        return (not self.kinds or event.kind in self.kinds) and (
            not self.incidents or event.incident_id in self.incidents
        )


@dataclass(slots=True)
class Telling:
    """Reads the log for one caller. `clock` gives seconds since the epoch, `beat` those of silence."""

    store: Store
    caller: Caller
    wanted: Wanted
    clock: Callable[[], float]
    beat: float = 15.0

    async def parts(self) -> AsyncGenerator[bytes]:
        """What is sent, piece by piece: events as they are saved, and a beat in every silence.

        The first word and every beat carry the id to go on behind, so that a reader that has seen no
        event, or none of those it wants, misses nothing when it comes again. It ends when the store does not answer or the caller's key no longer counts.
        """
        now = asyncio.get_running_loop().time
        end = now() + (math.inf if self.wanted.seconds is None else self.wanted.seconds)
        after = self.wanted.after
        yield b"id: %b\nretry: 2000\n\n" % after.encode()
        with suppress(StoreError):
            if await self._is_behind_the_log(after):
                yield _GAP
            due = now() + self.beat
            while (wait := min(due, end) - now()) > 0 or now() < end:
                found = await self.store.events(after=after, count=_AT_ONCE, wait=max(0.0, wait))
                after = found[-1].id if found else after
                if told := b"".join(encoded(event) for event in found if self._is_told(event)):
                    yield told
                elif now() >= due:
                    yield b"id: %b\n\n" % after.encode()
                if now() >= due:
                    due = now() + self.beat
                    if not await self._is_admitted():
                        return

    def _is_told(self, event: IncidentEvent) -> bool:
        return self.wanted.passes(event) and self.caller.sees(event.incident.tenant)

    async def _is_behind_the_log(self, after: str) -> bool:
        """Whether events may have gone that the caller has not seen."""
        if position(after) == position(START):
            return False
        oldest = await self.store.events(after="", count=1, wait=0.0)
        return bool(oldest) and position(after) < position(oldest[0].id)

    async def _is_admitted(self) -> bool:
        """Whether the caller's key or token still counts; looked at in every beat."""
        if self.clock() > self.caller.until:
            return False
        if not self.caller.key:
            return True
        record = await self.store.get_key(self.caller.key)
        return record is not None and is_valid(record, at=self.clock())


def encoded(event: IncidentEvent) -> bytes:
    """An event as it is sent: its id to go on behind, its kind, and all of it as JSON."""
    data = msgspec.json.encode(event)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.kind.encode(), data)
