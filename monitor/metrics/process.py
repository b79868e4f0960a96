"""What the gateway's processes take: processor time, memory, and how late their loops come round."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from monitor.metrics.cells import Cells
from monitor.metrics.tally import Counts, Level

BEAT = 0.1
"""Seconds between two looks at the loop's lateness."""
_WINDOW = 15.0
_STATM = Path("/proc/self/statm")


class Lag(Collector):
    """The largest delay of an event loop within the last 15 to 30 seconds, of any process.

    A process that is late now and does not even say so is seen by the others: its delay is then
    the time since it last did.
    """

    def __init__(self, cells: Cells, name: str, text: str) -> None:
        self._cells = cells
        self._name, self._text = name, text
        self._worst_at, self._beat_at = cells.take(f"{name} worst"), cells.take(f"{name} beat")
        self._worst, self._beat = cells.own(self._worst_at), cells.own(self._beat_at)
        self._recent = self._before = 0.0
        self._until = 0.0

    def beat(self, now: float, late: float) -> None:
        """The loop came round at `now`, on the monotonic clock, and `late` seconds too late."""
        if now >= self._until:
            self._recent, self._before = 0.0, self._recent
            self._until = now + _WINDOW
        self._recent = max(self._recent, late)
        self._worst[0] = max(self._recent, self._before)
        self._beat[0] = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauge's one sample."""
        now = time.monotonic()
        beats = self._cells.living(self._beat_at)
        silent = (now - beat - BEAT for beat in beats if beat)
        worst = max(*self._cells.living(self._worst_at), *silent, 0.0)
        yield GaugeMetricFamily(self._name, self._text, value=worst)


class Cpu(Collector):
    """Processor time of every process there was: who follows another in its row goes on from it."""

    def __init__(self, cells: Cells, name: str, text: str) -> None:
        self._cells = cells
        self._name, self._text = name, text
        self._at = cells.take(name)
        self._own = cells.own(self._at)
        self._before = self._own[0]

    def publish(self) -> None:
        """Say how much this process has taken so far."""
        self._own[0] = self._before + time.process_time()

    def collect(self) -> Iterable[CounterMetricFamily]:
        """The counter's one sample."""
        self.publish()
        yield CounterMetricFamily(self._name, self._text, value=self._cells.total(self._at))


class ProcessMetrics:
    """The gateway's processes as an operator sees them from outside."""

    def __init__(self, cells: Cells, registry: CollectorRegistry, prefix: str) -> None:
        restarts = Counts(cells, f"{prefix}_process_restarts", "Processes started again.", (), [()])
        self.restarts = restarts.children[()]
        self.serving = Level(cells, f"{prefix}_processes", "Processes that take requests.")
        self.serving.set(1)
        self.cpu = Cpu(cells, f"{prefix}_cpu_seconds", "Processor time, user and system.")
        self.memory = Level(cells, f"{prefix}_resident_memory_bytes", "Memory in use.")
        self.memory.read = _resident
        self.lag = Lag(cells, f"{prefix}_loop_lag_seconds", "Largest recent delay of a loop.")
        for collector in (restarts, self.serving, self.cpu, self.memory, self.lag):
            registry.register(collector)

    def publish(self) -> None:
        """Say what this process takes, so that the others can."""
        self.cpu.publish()
        self.memory.publish()


def _resident() -> float:
    """Bytes of this process in memory; 0 where the system does not tell."""
    with suppress(OSError):
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0.0
