"""Every query of the board, asked of a real Prometheus that scrapes the running roles."""

import asyncio
import json
import time

import pytest
from exchanges import HARM, make_exchange
from grafana_board import panel_queries
from prometheus_server import Prometheus

from monitor.connect import connected_journal
from monitor.exchange import jsonl
from monitor.settings import StoreSettings

pytestmark = pytest.mark.e2e

WINDOW = "20s"
WARMUP = 100
PROMPTS = ("How do I cook rice?", "Name three rivers.", "What is a prime number?", "Say hello.")


async def record(data_dir, number):
    """Ordinary exchanges of another model, straight into the journal: enough for a baseline."""
    now = time.time()
    exchanges = [make_exchange(n, ts=now, model="recorded") for n in range(number)]
    async with connected_journal(StoreSettings(data_dir=str(data_dir))) as journal:
        await journal.append([jsonl.encode(exchange) for exchange in exchanges])


def empty_queries(prometheus, within=60.0):
    """The queries that never gave a number until the time was up, with their panels."""
    left, end = panel_queries(), time.monotonic() + within
    while left and time.monotonic() < end:
        left = [query for query in left if not prometheus.says(query.over(WINDOW))]
        time.sleep(0.2)
    return left


@pytest.fixture
def prometheus(tmp_path):
    started = []

    def start(targets):
        folder = tmp_path / "prometheus"
        folder.mkdir()
        started.append(Prometheus(folder, targets))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.mark.timeout(300)
def test_no_panel_is_empty_while_traffic_flows(sidewatch, llama_server, prometheus):
    channels = {"ops": {"kind": "webhook", "url": "http://127.0.0.1:1/"}}
    sidewatch.up(
        llama_server.url,
        SIDEWATCH_WORKER_BASELINE_WARMUP=str(WARMUP),
        SIDEWATCH_ALERTS_CHANNELS=json.dumps(channels),
    )
    server = prometheus(
        {
            "gateway": [f"{sidewatch.gateway}/_sidewatch/metrics"],
            "worker": [f"{sidewatch.worker}/metrics"],
            "api": [f"{sidewatch.api}/metrics"],
        }
    )
    assert server.wait_for("sum(up) == 3"), "not every role is scraped"
    asyncio.run(record(sidewatch.data_dir, WARMUP + 50))
    for number in range(12):
        sidewatch.ask(PROMPTS[number % len(PROMPTS)], stream=number % 2 == 0)
    sidewatch.ask(HARM, stream=True)
    assert empty_queries(server) == []
