"""The gateway's own metrics. Labels come from closed sets and their children are made beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from monitor.exchange import edges
from monitor.exchange.answer import Answer
from monitor.exchange.protocols import DIALECTS
from monitor.exchange.unparsed import REASONS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
UPSTREAM_ERRORS = ("upstream_refused", "upstream_timeout", "upstream_closed", "upstream_error")
DROPPED = ("queue_full", "queue_bytes", "journal_full", "shutdown", "error")
SIDES = ("request", "response")
UNKNOWN_DIALECT = "unknown"
_DIALECTS = (*(dialect.name for dialect in DIALECTS), UNKNOWN_DIALECT)
_PREFIX = "sidewatch_gateway"


class GapCollector(Collector):
    """The silences between content chunks: counted by stream, added up when a stream ends."""

    def __init__(self) -> None:
        self._counts = {name: [0] * (len(edges.INTER_CHUNK) + 1) for name in _DIALECTS}
        self._sums = dict.fromkeys(_DIALECTS, 0.0)

    def add(self, dialect: str, answer: Answer) -> None:
        """Add what one answer counted."""
        counts = self._counts[dialect]
        for place, count in enumerate(answer.gap_counts):
            counts[place] += count
        self._sums[dialect] += answer.gap_sum

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """The histogram, one series of buckets for each dialect."""
        family = HistogramMetricFamily(
            f"{_PREFIX}_inter_chunk_seconds",
            "Silence between two content chunks of a stream.",
            labels=["dialect"],
        )
        bounds = [*(repr(edge) for edge in edges.INTER_CHUNK), "+Inf"]
        for dialect, counts in self._counts.items():
            buckets = list(zip(bounds, map(float, accumulate(counts)), strict=True))
            family.add_metric([dialect], buckets=buckets, sum_value=self._sums[dialect])
        yield family


class GatewayMetrics:
    """Every series of one gateway, on a registry of its own.

    `unparsed`, `truncated`, `dropped` and `upstream_errors` are counters by reason; `ttft` and
    `duration` histograms by dialect; `requests` is a counter by method and status class.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        requests = self._counter("requests", "Requests answered.", "method", "status")
        self.requests = {(m, s): requests.labels(m, s) for m in METHODS for s in CLASSES}
        self.bytes_in = self._counter("request_body_bytes", "Bytes of request bodies.")
        self.bytes_out = self._counter("response_body_bytes", "Bytes of response bodies.")
        self.duration = self._histogram(
            "request_duration_seconds", "Request's last byte to answer's last.", edges.DURATION
        )
        self.ttft = self._histogram(
            "time_to_first_token_seconds", "Request's last byte to first content.", edges.TTFT
        )
        self.gaps = GapCollector()
        self.registry.register(self.gaps)
        self.connect = Histogram(
            f"{_PREFIX}_upstream_connect_seconds",
            "Time to open an upstream connection.",
            buckets=edges.CONNECT,
            registry=self.registry,
        )
        self._count_exchanges()
        self.stalled = self._counter("stalled_streams", "Streams seen to fall silent.")
        self.upstream_errors = self._by(
            "upstream_errors", "Upstream failures.", "reason", UPSTREAM_ERRORS
        )
        self.client_errors = self._counter("client_errors", "Requests refused as malformed.")
        self.client_closed = self._counter("client_closed", "Clients gone before the answer ended.")
        self.journal_up = self._gauge("journal_up", "1 if the last append worked.")
        self.journal_errors = self._counter("journal_errors", "Appends that failed.")

    def _count_exchanges(self) -> None:
        self.seen = self._counter("exchanges_seen", "Exchanges that passed.")
        self.recorded = self._counter("exchanges_recorded", "Exchanges in the journal.")
        self.unparsed = self._by(
            "exchanges_unparsed", "Exchanges passed on unread, unscanned.", "reason", REASONS
        )
        self.truncated = self._by("exchanges_truncated", "Exchanges kept in part.", "side", SIDES)
        self.dropped = self._by(
            "exchanges_dropped", "Exchanges lost to the journal.", "reason", DROPPED
        )

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """A gauge that is read when it is scraped."""
        self._gauge(name, help_text).set_function(read)

    def _gauge(self, name: str, help_text: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", help_text, registry=self.registry)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", help_text, labels, registry=self.registry)

    def _by(
        self, name: str, help_text: str, label: str, values: Iterable[str]
    ) -> dict[str, Counter]:
        counter = self._counter(name, help_text, label)
        return {value: counter.labels(value) for value in values}

    def _histogram(
        self, name: str, help_text: str, buckets: tuple[float, ...]
    ) -> dict[str, Histogram]:
        histogram = Histogram(
            f"{_PREFIX}_{name}", help_text, ["dialect"], buckets=buckets, registry=self.registry
        )
        return {dialect: histogram.labels(dialect) for dialect in _DIALECTS}
