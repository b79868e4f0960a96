"""Tells the other processes of a gateway, every second, what this one is at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.metrics.gateway import GatewayMetrics
from monitor.metrics.process import BEAT

_PUBLISH_EVERY = 10


@asynccontextmanager
async def pulse(metrics: GatewayMetrics) -> AsyncIterator[None]:
    """Publish the gauges and watch how late the running loop comes round, until leaving."""
    task = asyncio.create_task(_beat(metrics), name="gateway-pulse")
    try:
        yield
    finally:
        task.cancel()


async def _beat(metrics: GatewayMetrics) -> None:
    lag = metrics.process.lag
    while True:
        for _ in range(_PUBLISH_EVERY):
            due = time.monotonic() + BEAT
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            lag.beat(now, max(now - due, 0))
        metrics.publish()
