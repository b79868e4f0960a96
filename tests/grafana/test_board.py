import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import promql_parser as promql
import pytest
import yaml
from grafana_board import BOARD, panel_queries
from prometheus_client import CollectorRegistry

from monitor.metrics.api import ApiMetrics
from monitor.metrics.gateway import GatewayMetrics
from monitor.metrics.worker import WorkerMetrics

GRAFANA = BOARD.parents[1]
QUERIES = panel_queries()
ELSEWHERE = {
    # Gauges that the gateway's parts register when they run.
    "sidewatch_gateway_queue_depth": set(),
    "sidewatch_gateway_requests_in_flight": set(),
    "sidewatch_gateway_client_connections": set(),
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
    for metrics in (GatewayMetrics(), WorkerMetrics(CollectorRegistry()), api):
        for collector in metrics.registry._collector_to_names:
            declared = set(getattr(collector, "_labelnames", ()))
            for family in collector.collect():
                seen = {label for sample in family.samples for label in sample.labels}
                for suffix in SUFFIXES[family.type]:
                    names[family.name + suffix] = declared | seen | {"le"}
    return names


def walk(node) -> Iterator:
    """An expression's nodes."""
    yield node
    for part in ("lhs", "rhs", "expr", "vector_selector"):
        if (child := getattr(node, part, None)) is not None:
            yield from walk(child)
    for child in getattr(node, "args", ()):
        yield from walk(child)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.panel)
def test_a_panel_asks_for_what_is_exported(query):
    known = exported()
    nodes = list(walk(promql.parse(query.over("1m"))))
    selectors = [node for node in nodes if isinstance(node, promql.VectorSelector)]
    assert selectors
    labels = set()
    for selector in selectors:
        assert selector.name in known
        labels |= known[selector.name]
        for matcher in selector.matchers.matchers:
            assert matcher.name in known[selector.name]
    for node in nodes:
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            assert set(node.modifier.labels) <= labels


def test_the_committed_board_is_what_the_code_makes(tmp_path):
    made = tmp_path / "overview.json"
    subprocess.run([sys.executable, GRAFANA / "build.py", made], check=True)
    assert made.read_text() == BOARD.read_text(), "run: python grafana/build.py"


def test_panels_are_numbered_and_do_not_overlap():
    panels = json.loads(BOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        x, y, w, h = (panel["gridPos"][key] for key in "xywh")
        cells = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert not cells & taken, panel["title"]
        assert x + w <= 24
        taken |= cells


def test_every_panel_says_what_it_shows():
    for panel in json.loads(BOARD.read_text())["panels"]:
        assert panel["type"] == "row" or len(panel["description"]) > 10, panel["title"]


@pytest.mark.parametrize("path", sorted(Path(GRAFANA / "provisioning").rglob("*.yaml")), ids=str)
def test_provisioning_is_yaml_of_version_1(path):
    assert yaml.safe_load(path.read_text())["apiVersion"] == 1
