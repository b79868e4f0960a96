"""Delivers alerts: follows the log of events and tells people what is due, at least once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from monitor.alerts.channels.base import Channel
from monitor.alerts.failing import FailingChannels
from monitor.alerts.round import Round
from monitor.alerts.settings import AlertSettings
from monitor.alerts.state import TASK
from monitor.metrics.alerts import AlertMetrics
from monitor.store.base import Lease, LeaseLostError, Store, StoreError

log = logging.getLogger(__name__)

_WAIT = 1.0
_PAUSE = 5


class Deliverer:
    """One of several workers delivers at a time, by a lease of `lease` seconds.

    What is to be told is saved with the place in the log before anything is sent, and what was sent
    is forgotten after: whoever takes over sends again what may not have been delivered, with the
    same id. `clock` gives seconds since the epoch; `wait` is how long a turn waits for events.
    """

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        channels: Mapping[str, Channel],
        metrics: AlertMetrics,
        *,
        name: str,
        lease: float,
        wait: float = _WAIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = channels
        self._metrics = metrics
        self._name = name
        self._ttl = lease
        self._wait = wait
        self._clock = clock
        self._failing = FailingChannels(store, settings, clock=clock)
        # Threads of its own: channels that hang must not keep a detector from one.
        self._pool = ThreadPoolExecutor(len(channels), thread_name_prefix="alerts")
        self._lease: Lease | None = None
        self._round: Round | None = None

    async def run(self) -> None:
        """Deliver until cancelled; then what is being sent is waited for.

        Raises
        ------
        StoreError
            The store does not answer; calling it again goes on.
        """
        try:
            while True:
                await self._guarded()
        except asyncio.CancelledError:
            with suppress(StoreError):
                await self._end()
            self._pool.shutdown(wait=False, cancel_futures=True)
            raise

    async def _guarded(self) -> None:
        try:
            await self.step()
        except StoreError:
            raise
        except Exception:
            # Whatever is wrong here, the worker goes on finding; we begin again from what was saved.
            log.exception("alerts: a turn failed; it is tried again")
            self._let_go()
            await asyncio.sleep(_PAUSE * self._wait)

    async def step(self) -> None:
        """One turn: read, tell, save, send; or wait for whoever has the lease."""
        lease = await self._store.acquire(TASK, self._name, ttl=self._ttl)
        self._metrics.delivering.set(lease is not None)
        if lease is None:
            self._let_go()
            await asyncio.sleep(min(self._wait, self._ttl / 3))
            return
        if self._round is None or lease != self._lease:
            self._let_go()
            self._round = await Round.begin(
                self._store,
                self._settings,
                self._channels,
                self._metrics,
                pool=self._pool,
                clock=self._clock,
            )
            self._lease = lease
        try:
            await self._round.turn(lease, wait=self._wait)
        except LeaseLostError:
            log.info("alerts: another worker delivers now")
            self._let_go()
            return
        await self._failing.look(self._round.lines)

    def _let_go(self) -> None:
        if self._round is not None:
            self._round.drop()
        self._round = self._lease = None

    async def _end(self) -> None:
        if self._round is not None and self._lease is not None:
            await self._round.end(self._lease)
            await self._store.release(self._lease)
