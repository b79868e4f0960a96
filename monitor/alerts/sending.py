"""Sends the message of each channel in a thread, and books what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from monitor.alerts.channels.base import Channel
from monitor.alerts.errors import DeliveryError
from monitor.alerts.lines import Line, Outgoing
from monitor.alerts.records import Outcome, delivery_of, letter_of
from monitor.metrics.alerts import AlertMetrics

if TYPE_CHECKING:
    from monitor.store.base import Store

log = logging.getLogger(__name__)


class Sending:
    """The messages on their way, one of each channel at a time.

    Each takes one thread of `pool`. `give_up` is in seconds, `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        lines: Mapping[str, Line],
        metrics: AlertMetrics,
        *,
        give_up: float,
        pool: Executor,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._channels = channels
        self._lines = lines
        self._metrics = metrics
        self._give_up = give_up
        self._pool = pool
        self._clock = clock
        self._tries: dict[str, asyncio.Task[DeliveryError | None]] = {}
        for name, line in lines.items():
            metrics.up.labels(name).set(line.failing_since is None)

    def start(self) -> None:
        """Try every message whose time has come."""
        now = self._clock()
        for name, line in self._lines.items():
            if line.outgoing and line.outgoing.next_at <= now and name not in self._tries:
                self._tries[name] = asyncio.create_task(self._try(name, line.outgoing))

    async def finish(self) -> bool:
        """Book the tries that have ended; whether there were any.

        Raises
        ------
        StoreError
            The store does not answer; they are booked by the next call.
        """
        ended = [name for name, task in self._tries.items() if task.done()]
        for name in ended:
            await self._book(name, self._tries[name])
            del self._tries[name]
        return bool(ended)

    @property
    def ended(self) -> bool:
        """Whether there is a try to book."""
        return any(task.done() for task in self._tries.values())

    def drop(self) -> None:
        """Look no longer after what is being sent; it may arrive all the same."""
        for task in self._tries.values():
            task.cancel()
        self._tries.clear()
        for name in self._lines:
            # Whoever delivers now says how it is.
            self._metrics.up.labels(name).set(1)
            self._metrics.waiting.labels(name).set(0)

    async def wait(self) -> None:
        """Wait for the end of what is being sent."""
        if self._tries:
            await asyncio.wait(self._tries.values())

    async def _try(self, name: str, outgoing: Outgoing) -> DeliveryError | None:
        """What went wrong, if anything did."""
        send = partial(self._channels[name].send, outgoing.message, now=self._clock())
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, send)
        except DeliveryError as error:
            return error
        except Exception as error:
            log.exception("alerts: the channel %s failed", name)
            return DeliveryError(type(error).__name__)
        return None

    async def _book(self, name: str, task: asyncio.Task[DeliveryError | None]) -> None:
        line, now = self._lines[name], self._clock()
        error = task.result()
        if error is None:
            await self._taken(name, line, now)
        else:
            await self._refused(name, line, error, now)

    async def _taken(self, name: str, line: Line, now: float) -> None:
        done = line.tried()
        await self._note(done, "delivered", now)
        if line.failing_since is not None:
            log.info("alerts: %s takes messages again", name)
        line.took(now=now)
        self._metrics.up.labels(name).set(1)
        self._metrics.delay.labels(name).observe(max(0.0, now - done.since))

    async def _refused(self, name: str, line: Line, error: DeliveryError, now: float) -> None:
        told = str(error)
        tried = line.tried(told)
        dead = error.final or now - tried.since >= self._give_up
        if dead:
            await self._store.put_dead_letter(letter_of(tried, at=now))
        await self._note(tried, "dead" if dead else "failed", now)
        if line.failing_since is None or dead:
            what = "given up" if dead else "not delivered"
            log.warning("alerts: a message is %s on %s: %s", what, name, told)
        line.failed(told, now=now, dead=dead)
        self._metrics.up.labels(name).set(0)

    async def _note(self, tried: Outgoing, outcome: Outcome, now: float) -> None:
        await self._store.put_delivery(delivery_of(tried, outcome, at=now))
        self._metrics.tries.labels(tried.channel, outcome).inc()
