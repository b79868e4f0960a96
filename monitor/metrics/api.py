"""Metrics of the API: its own requests, and the state of the pipeline as the store tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.metrics.labels import DETECTORS, SEVERITIES, UNRESOLVED

_LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Totals(Collector):
    """The store's named totals: they add up over processes and restarts."""

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = {}

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(
            "sidewatch_pipeline_events",
            "Totals kept in the store, over all processes and restarts.",
            labels=["event"],
        )
        for name, total in sorted(self.counts.items()):
            family.add_metric([name], total)
        yield family


class ApiMetrics:
    """What the API counts of itself, and what it reads from the store when it is scraped."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "sidewatch_api_requests",
            "Requests answered, by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "sidewatch_api_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ["route"],
            buckets=_LATENCY,
            registry=registry,
        )
        self.in_flight = Gauge(
            "sidewatch_api_requests_in_flight", "Requests being answered.", registry=registry
        )
        self.streams = Gauge(
            "sidewatch_api_event_streams", "Streams of events that are open.", registry=registry
        )
        self.store_up = Gauge(
            "sidewatch_api_store_up",
            "1 if the store answered the API at this scrape; if not, the rest is of the last time.",
            registry=registry,
        )
        self.journal = Gauge(
            "sidewatch_journal_entries",
            "Entries in the journal, by stream.",
            ["stream"],
            registry=registry,
        )
        self.incidents = Gauge(
            "sidewatch_incidents_unresolved",
            "Incidents open or acknowledged.",
            ["status", "severity", "detector"],
            registry=registry,
        )
        self.silences = Gauge("sidewatch_silences", "Silences in force.", registry=registry)
        self.show_incidents([])
        self._totals = _Totals()
        registry.register(self._totals)

    def show_incidents(self, counts: Iterable[tuple[tuple[str, str, str], int]]) -> None:
        """Export these numbers by status, severity and detector; what is not among them is 0."""
        found = dict(counts)
        for labels in product(UNRESOLVED, SEVERITIES, DETECTORS):
            self.incidents.labels(*labels).set(found.get(labels, 0))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Export these totals from now on."""
        self._totals.counts = counts
