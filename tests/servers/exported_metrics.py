"""What the three roles export, and whether an expression asks for no more than that."""

from collections.abc import Iterator
from typing import Any

import promql_parser as promql
from prometheus_client import CollectorRegistry

from monitor.metrics.alerts import AlertMetrics
from monitor.metrics.api import ApiMetrics
from monitor.metrics.gateway import GatewayMetrics
from monitor.metrics.scoring import ScoringMetrics
from monitor.metrics.worker import WorkerMetrics

ELSEWHERE = {
    # Gauges that the gateway's parts register when they run.
    "sidewatch_gateway_queue_depth": set(),
    "sidewatch_gateway_requests_in_flight": set(),
    "sidewatch_gateway_client_connections": set(),
    "up": {"job", "instance"},  # Prometheus's own
}
SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
}


def exported() -> dict[str, set[str]]:
    """Every sample's name that one of the three roles exports, with its labels."""
    names: dict[str, set[str]] = dict(ELSEWHERE)
    api = ApiMetrics(CollectorRegistry())
    api.show_counts({"scored": 1})
    ScoringMetrics(api.registry)
    worker = WorkerMetrics(CollectorRegistry())
    AlertMetrics(worker.registry, channels=["ops"])
    for metrics in (GatewayMetrics(), worker, api):
        for collector in metrics.registry._collector_to_names:
            declared = set(getattr(collector, "_labelnames", ()))
            for family in collector.collect():
                seen = {label for sample in family.samples for label in sample.labels}
                for suffix in SUFFIXES[family.type]:
                    names[family.name + suffix] = declared | seen | {"le"}
    return names


def walk(node: Any) -> Iterator[Any]:
    """An expression's nodes."""
    yield node
    for part in ("lhs", "rhs", "expr", "vector_selector"):
        if (child := getattr(node, part, None)) is not None:
            yield from walk(child)
    for child in getattr(node, "args", ()):
        yield from walk(child)


def check_expression(expr: str) -> None:
    """Fails unless the expression parses, and its metrics and labels are exported."""
    known = exported()
    nodes = list(walk(promql.parse(expr)))
    selectors = [node for node in nodes if isinstance(node, promql.VectorSelector)]
    assert selectors
    labels = set()
    for selector in selectors:
        assert selector.name in known
        labels |= known[selector.name]
        assert {matcher.name for matcher in selector.matchers.matchers} <= known[selector.name]
    for node in nodes:
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            assert set(node.modifier.labels) <= labels
