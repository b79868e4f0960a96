"""The documented metrics are the exported ones, and they add up."""

import re
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from wire import CHAT, CLOSE, echo, post

from monitor.metrics.gateway import GatewayMetrics

DOCUMENT = Path(__file__).parents[3] / "docs" / "gateway.md"


def families(text: str) -> set[str]:
    kinds = {"counter": "_total"}
    found = text_string_to_metric_families(text)
    return {family.name + kinds.get(family.type, "") for family in found}


async def test_every_exported_metric_is_documented_and_the_other_way_round(gateway, upstream):
    running = await gateway(await upstream(echo))
    raw = await running.raw(
        b"GET /_sidewatch/metrics HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    )
    table = DOCUMENT.read_text().partition("## Metrics")[2]
    names = re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)))
    documented = {f"sidewatch_gateway_{name}" for name in names}
    assert families(raw.partition(b"\r\n\r\n")[2].decode()) == documented


def test_a_histogram_is_cumulative_and_counts_what_was_observed():
    metrics = GatewayMetrics()
    for seconds in (0.0004, 0.0005, 0.3, 99.0):
        metrics.connect.observe(seconds)
    text = generate_latest(metrics.registry).decode()
    name = "sidewatch_gateway_upstream_connect_seconds"
    assert f'{name}_bucket{{le="0.0005"}} 2.0' in text
    assert f'{name}_bucket{{le="0.5"}} 3.0' in text
    assert f'{name}_bucket{{le="+Inf"}} 4.0' in text
    assert f"{name}_count 4.0" in text


async def test_requests_are_counted_by_method_and_status(gateway, upstream):
    running = await gateway(await upstream(echo))
    await running.raw(post(CHAT, head=CLOSE))
    await running.raw(b"PROPFIND / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
    metrics = await running.metrics()
    assert metrics['sidewatch_gateway_requests_total{method="POST",status="2xx"}'] == 1
    assert metrics['sidewatch_gateway_requests_total{method="other",status="2xx"}'] == 1
    assert metrics["sidewatch_gateway_request_body_bytes_total"] == len(CHAT)
