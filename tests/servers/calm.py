"""What a gateway holds when nothing is asked of it: no request, no client, one idle connection."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

_TABLE = Path("/proc/net/tcp")
_OPEN = {"01", "08"}  # established, and closed by the other side alone


def connections_to(port: int) -> int:
    """How many sockets of this machine are connected to a local port."""
    rows = [line.split() for line in _TABLE.read_text().splitlines()[1:]]
    return sum(int(row[2].rpartition(":")[2], 16) == port and row[3] in _OPEN for row in rows)


async def let_go(running) -> None:
    """Wait until a gateway has let go of every client; its own numbers are read by one more."""
    held = {}
    async with asyncio.timeout(10):
        while held != {"requests_in_flight": 0, "client_connections": 1}:
            metrics = await running.metrics()
            held = {name: metrics[f"sidewatch_gateway_{name}"] for name in held or _GAUGES}
    assert metrics['sidewatch_gateway_exchanges_dropped_total{reason="error"}'] == 0


_GAUGES = ("requests_in_flight", "client_connections")


@pytest.fixture
async def calm(gateway, upstream):
    """Starts a gateway before a scripted upstream; fails if anything of what it held is left."""
    started = []
    errors = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))

    async def start(script, *, listen=None, **settings):
        url = await upstream(script, **(listen or {}))
        running = await gateway(url, **settings)
        started.append((running, urlsplit(url).port))
        return running

    yield start
    for running, port in started:
        await let_go(running)
        if _TABLE.exists():
            async with asyncio.timeout(10):
                while connections_to(port) > 1:
                    await asyncio.sleep(0.01)
    assert errors == []
