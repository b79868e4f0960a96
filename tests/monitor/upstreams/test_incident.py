"""A latency incident of a real worker carries what a real model server says of itself."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from exchanges import make_exchange

from detectors.latency.policy import LatencyPolicy, Objective
from detectors.safety.policy import SafetyPolicy
from monitor.exchange.model import Timing
from monitor.journal.redis import RedisJournal
from monitor.pipeline.worker import work
from monitor.policy import Policy
from monitor.settings import ReportSettings, Settings, WorkerSettings
from monitor.store.base import IncidentQuery
from monitor.store.redis import RedisStore

pytestmark = pytest.mark.e2e


def settings(url):
    return replace(
        Settings(),
        worker=WorkerSettings(
            metrics_listen="127.0.0.1:0", shards=1, server_metrics=[f"{url}/metrics"]
        ),
        reports=ReportSettings(enabled=False),
        policy=Policy(
            detectors=["latency"],
            latency=LatencyPolicy(objectives=(Objective(ttft=1.0),)),
            safety=SafetyPolicy(second_stage="none"),
        ),
    )


def slow(n):
    exchange = make_exchange(n)
    request = msgspec.structs.replace(exchange.request, stream=True)
    timing = Timing(ttft=2.0, duration=2.5)
    return msgspec.structs.replace(exchange, request=request, timing=timing)


async def first_incident(store):
    while not (found := (await store.incidents(IncidentQuery(detector="latency"))).items):
        await asyncio.sleep(0.05)
    return found[0]


async def test_an_incident_says_what_the_model_server_says(empty_server, llama_server):
    url = empty_server("valkey")
    journal, store = RedisJournal(url, limit=10_000), RedisStore(url)
    running = asyncio.create_task(work(settings(llama_server.url), journal, store))
    try:
        await journal.append([msgspec.json.encode(slow(n)) for n in range(30)])
        async with asyncio.timeout(90):
            incident = await first_incident(store)
        bundle = await store.get_bundle(incident.id)
        named = {factor.name for factor in bundle.contributing_factors}
        assert {"share_over_ttft", "server_running", "server_waiting"} <= named
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await journal.close()
        await store.close()
