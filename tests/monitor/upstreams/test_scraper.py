"""The worker asks real model servers, and a finding carries what they say."""

import asyncio
import json
import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from detectors.base import Detection, Evidence
from monitor.metrics.worker import WorkerMetrics
from monitor.upstreams.scraper import Scraper, fetch

FOUND = (Evidence("ttft_median", 1.4, 1.0),)


def detection(detector="latency"):
    return Detection("r", detector, "slower_ttft", 20.0, 15.0, FOUND, 1.0, "m")


def scraper(*urls, every=1.0):
    registry = CollectorRegistry()
    made = Scraper(urls, WorkerMetrics(registry), every=every)

    def count(outcome):
        labels = {"outcome": outcome}
        return registry.get_sample_value("sidewatch_model_server_scrapes_total", labels)

    return made, count


def ask(url):
    body = json.dumps(
        {"model": "smollm2", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8}
    )
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", body.encode(), {"content-type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=60).close()


@pytest.mark.e2e
async def test_a_latency_finding_says_what_llama_cpp_says(llama_server):
    made, count = scraper(f"{llama_server.url}/metrics")
    await made.read(older_than=0.0)
    await asyncio.to_thread(ask, llama_server.url)
    await made.read(older_than=0.0)
    explained = await made.explain(detection())
    said = {e.name: e for e in explained.evidence}
    assert explained.evidence[0] == FOUND[0]
    assert said["server_running"].value == 0.0
    assert said["server_waiting"].value == 0.0
    assert said["server_output_tokens"].value > 0
    assert said["server_decode"].value > 0
    assert count("read") == 2
    assert count("failed") == 0


@pytest.mark.e2e
async def test_it_reads_by_itself_until_it_is_cancelled(llama_server):
    made, count = scraper(f"{llama_server.url}/metrics")
    running = asyncio.create_task(made.run())
    async with asyncio.timeout(30):
        while count("read") < 2:
            await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_other_findings_are_left_as_they_are():
    made, count = scraper("http://127.0.0.1:9/metrics")
    assert await made.explain(detection("drift")) == detection("drift")
    assert count("failed") == 0


async def test_a_server_that_is_not_there_costs_a_count_and_nothing_else():
    made, count = scraper("http://127.0.0.1:9/metrics")
    assert await made.explain(detection()) == detection()
    assert count("failed") == 1


async def test_a_page_that_is_no_metrics_is_counted_as_failed(upstream_page):
    made, count = scraper(upstream_page(200, b"<html>hello</html>"), upstream_page(404, b""))
    assert await made.explain(detection()) == detection()
    assert count("failed") == 2


def test_a_query_is_kept_and_the_page_is_cut(upstream_page):
    assert fetch(upstream_page(200, b"x" * 5_000_000) + "?a=b") == b"x" * 4_194_304
