"""The embedded server is killed while incidents are filed and labelled: what was acknowledged stays."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from monitor.access.verifying import verify
from monitor.embedded import EmbeddedValkey
from monitor.store.base import IncidentQuery, StoreError
from monitor.store.redis import RedisStore

pytestmark = pytest.mark.e2e

FILING = Path(__file__).parents[1] / "servers" / "filing.py"
LOST_SECONDS = 2.0
"""What docs/store.md says that `everysec` may lose."""
LINES = 150
INCIDENTS = 7


@dataclass
class Told:
    """One acknowledgement, as the process printed it when it had it."""

    at: float
    incident: str
    version: int = 0
    counted: str = ""
    labelled: float | None = None


def start(url, name):
    words = [str(FILING), url, name, "1000000", "--incidents", str(INCIDENTS), "--labels"]
    return subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)


async def killed_under_load(server):
    """Two processes file and label until the server is killed; what each was told, and when it was."""
    filing = [start(server.url, name) for name in ("a", "b")]
    ledger = []
    try:
        async with Redis.from_url(server.url) as client:
            pid = (await client.info("server"))["process_id"]
        for process in filing:
            ledger += [await asyncio.to_thread(process.stdout.readline) for _ in range(LINES)]
        os.kill(pid, signal.SIGKILL)
        killed = time.time()
        for process in filing:
            ledger += await asyncio.to_thread(process.stdout.readlines)
    finally:
        for process in filing:
            process.kill()
            process.wait()
            process.stdout.close()
    lines = map(json.loads, ledger)
    told = [Told(line.pop("told"), **line) for line in lines if "ready" not in line]
    return told, killed


async def answering(store):
    async with asyncio.timeout(60):
        while True:
            with suppress(StoreError):
                return await store.ping()
            await asyncio.sleep(0.02)


async def missing(store, told):
    """The acknowledgements that nothing in the store bears out."""
    gone = []
    for each in told:
        incident = await store.get_incident(each.incident)
        if each.labelled is not None:
            there = any(label.at >= each.labelled for label in await store.labels_of(each.incident))
        else:
            there = await store.is_counted(each.counted)
        if incident is None or incident.version < each.version or not there:
            gone.append(each)
    return gone


async def whole(store):
    """Every list, number and log says the same of the incidents as they themselves do."""
    page = await store.incidents(IncidentQuery(limit=500))
    assert sum((await store.count_incidents()).values()) == len(page.items) == INCIDENTS
    for incident in page.items:
        events = await store.events_of(incident.id, limit=100_000)
        assert sum(event.kind == "opened" for event in events) == 1
        assert (await store.latest_incident(incident.fingerprint)).id == incident.id
    assert (await verify(store)).broken is None


@pytest.fixture(params=["everysec", "always"])
async def server(request, tmp_path):
    async with EmbeddedValkey(str(tmp_path / "data"), fsync=request.param) as embedded:
        yield embedded


@pytest.fixture
async def store(server):
    opened = RedisStore(server.url)
    yield opened
    await opened.close()


async def test_nothing_acknowledged_is_gone_beyond_what_the_setting_allows(server, store):
    told, killed = await killed_under_load(server)
    assert len(told) >= 2 * (LINES - 1)
    await answering(store)
    async with Redis.from_url(server.url) as client:
        fsync = (await client.config_get("appendfsync"))["appendfsync"]
    gone = await missing(store, told)
    assert [each for each in gone if each.at < killed - LOST_SECONDS] == []
    assert fsync == "everysec" or gone == []
    await whole(store)


@pytest.mark.parametrize("server", ["always"], indirect=True)
async def test_the_store_answers_only_after_the_disk_where_it_is_told_to(server):
    async with Redis.from_url(server.url) as client:
        assert await client.config_get("appendfsync") == {"appendfsync": "always"}
