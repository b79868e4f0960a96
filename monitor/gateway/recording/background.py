"""A tap on a thread of its own, for programs without an event loop."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import threading
from collections.abc import Callable

from monitor.gateway.recording.queue import Recording
from monitor.gateway.recording.tap import Tap
from monitor.journal.base import Journal
from monitor.metrics.gateway import GatewayMetrics

log = logging.getLogger(__name__)

_FLUSH_SECONDS = 3.0


class BackgroundTap:
    """Takes recordings from any thread and never makes it wait; starts with the first one."""

    def __init__(self, open_journal: Callable[[], Journal], *, bound: int) -> None:
        self.metrics = GatewayMetrics()
        self._open_journal = open_journal
        self._bound = bound
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._tap: Tap | None = None

    def put(self, recording: Recording) -> None:
        """Take a finished recording; without a journal, or once closed, it is lost."""
        loop, tap = self._running()
        if loop is not None and tap is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(tap.put, recording)

    def close(self) -> None:
        """Hand over what is recorded, for a few seconds at most, and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            loop, stop = self._loop, self._stop
        if thread is not None and loop is not None and stop is not None:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            atexit.unregister(self.close)

    def _running(self) -> tuple[asyncio.AbstractEventLoop | None, Tap | None]:
        with self._lock:
            if self._thread is None:
                self._ready.clear()
                self._thread = threading.Thread(
                    target=lambda: asyncio.run(self._run()), name="sidewatch", daemon=True
                )
                self._thread.start()
                atexit.register(self.close)
        self._ready.wait()
        return self._loop, self._tap

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        try:
            tap = Tap(self._open_journal(), bound=self._bound, metrics=self.metrics)
        except Exception:
            log.exception("the journal cannot be opened; nothing will be recorded")
            self._tap = None
            await self._stop_when_told()
            return
        tap.start()
        self._tap = tap
        await self._stop_when_told()
        await tap.close(within=_FLUSH_SECONDS)

    async def _stop_when_told(self) -> None:
        assert self._stop is not None
        self._ready.set()
        await self._stop.wait()
