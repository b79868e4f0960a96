"""The work of whoever delivers alerts, for as long as it has the lease."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Self

from monitor.alerts.channels.base import Channel
from monitor.alerts.desk import Desk
from monitor.alerts.grouping import Grouping
from monitor.alerts.lines import lines
from monitor.alerts.records import DeadLetter, letter_of
from monitor.alerts.sending import Sending
from monitor.alerts.settings import AlertSettings
from monitor.alerts.state import TASK, AlertState, decode_state, encode_state
from monitor.metrics.alerts import AlertMetrics
from monitor.store.base import IncidentQuery, Lease, Store

_EVENTS = 500
_SINGLY = 5
"""Messages that go one by one; what is more goes as one."""
_PAGE = 200
_CAUGHT_UP = 2_000
_UNRESOLVED = ("open", "acknowledged")


class Round:
    """Groups, channels and place in the log, as they were saved last and have grown since."""

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        channels: Mapping[str, Channel],
        metrics: AlertMetrics,
        *,
        saved: AlertState,
        position: str,
        pool: Executor,
        clock: Callable[[], float],
    ) -> None:
        self.lines = lines(settings.channels, saved.lines)
        self._store = store
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._position = position
        self._unsaved = False
        self._grouping = Grouping(settings, saved.groups)
        self._desk = Desk(store, self._grouping, link=settings.link)
        self._sending = Sending(
            store, channels, self.lines, metrics, give_up=settings.give_up, pool=pool, clock=clock
        )

    @classmethod
    async def begin(
        cls,
        store: Store,
        settings: AlertSettings,
        channels: Mapping[str, Channel],
        metrics: AlertMetrics,
        *,
        pool: Executor,
        clock: Callable[[], float],
    ) -> Self:
        """Go on from what was saved; the first time, from what is open now.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        latest = await store.latest_event()
        kept = await store.load_checkpoint(TASK)
        position, saved = (kept[0], decode_state(kept[1])) if kept else (latest, AlertState())
        begun = cls(
            store,
            settings,
            channels,
            metrics,
            saved=saved,
            position=position,
            pool=pool,
            clock=clock,
        )
        await begun._catch_up()
        for gone in saved.lines.keys() - settings.channels.keys():
            if outgoing := saved.lines[gone].outgoing:
                await store.put_dead_letter(letter_of(outgoing, at=clock()))
        return begun

    async def turn(self, lease: Lease, *, wait: float) -> None:
        """Take what is new, decide what to tell, save that, then send it.

        Raises
        ------
        StoreError
            The store does not answer, or the lease was lost: nothing was sent that was not saved.
        """
        await self._follow(0.0 if self._sending.ended else wait)
        self._unsaved |= await self._sending.finish()
        again = [letter for letter in await self._store.asked_again() if self._resend(letter)]
        for name in self.lines:
            await self._fill(name)
        if self._unsaved:
            await self._save(lease)
        for letter in again:
            await self._store.drop_dead_letter(letter.id)
        self._sending.start()

    def drop(self) -> None:
        """Leave everything to whoever has the lease now."""
        self._sending.drop()

    async def end(self, lease: Lease) -> None:
        """Wait for what is being sent, and save what became of it."""
        await self._sending.wait()
        await self._sending.finish()
        await self._save(lease)

    async def _catch_up(self) -> None:
        """Take what is open, the latest first: the log does not go back for ever."""
        now = self._clock()
        for status in _UNRESOLVED:
            cursor, read = "", 0
            while read < _CAUGHT_UP:
                query = IncidentQuery(status=status, limit=_PAGE, cursor=cursor)
                page = await self._store.incidents(query)
                for incident in page.items:
                    self._grouping.take(incident, now=now)
                cursor, read = page.cursor, read + len(page.items)
                if not cursor:
                    break

    async def _follow(self, wait: float) -> None:
        events = await self._store.events(after=self._position, count=_EVENTS, wait=wait)
        now = self._clock()
        for event in events:
            self._grouping.take(event.incident, now=now)
            self._position = event.id
            self._unsaved = True
        self._metrics.events.inc(len(events))

    def _resend(self, letter: DeadLetter) -> bool:
        line = self.lines.get(letter.channel)
        if line is None or line.outgoing is not None:
            return False
        line.send(letter.message, letter.channel, now=self._clock())
        self._unsaved = True
        return True

    async def _fill(self, name: str) -> None:
        """Put a channel's next message on its way, if there is one and the channel may take it."""
        line, now = self.lines[name], self._clock()
        self._metrics.waiting.labels(name).set(self._grouping.waiting(name))
        if line.outgoing is not None:
            return
        channel = self._settings.channels[name]
        every = channel.kind == "alertmanager"
        room = line.refill(channel, now=now)
        due = self._grouping.due(name, now=now) if room > 0 or every else []
        if not due:
            return
        together = every or len(due) > min(room, _SINGLY)
        telling = await self._desk.telling(due if together else due[:1], now=now, every=every)
        self._unsaved = True
        if telling is None:
            self._metrics.silenced.labels(name).inc()
            return
        line.send(telling.message, name, now=now)
        self._grouping.tell(telling.groups, now=now, but=telling.silent)

    async def _save(self, lease: Lease) -> None:
        state = encode_state(AlertState(self._grouping.groups, self.lines))
        await self._store.save_checkpoint(lease, position=self._position, state=state)
        self._unsaved = False
