"""The gateway's own metrics. Labels come from closed sets and their children are made beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from prometheus_client import CollectorRegistry

from monitor.exchange import call, edges
from monitor.exchange.protocols import DIALECTS
from monitor.exchange.unparsed import REASONS
from monitor.metrics.cells import Cells, Rows
from monitor.metrics.process import ProcessMetrics
from monitor.metrics.tally import Count, Counts, Distribution, Distributions, Level, Merge

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
UPSTREAM_ERRORS = ("upstream_refused", "upstream_timeout", "upstream_closed", "upstream_error")
DROPPED = (
    *("queue_full", "queue_bytes", "journal_full", "shutdown", "error", "killed"),
    *("spool_full", "spool_expired", "spool_corrupt", "spool_error"),
)
SIDES = ("request", "response")
UNKNOWN_DIALECT = "unknown"
_DIALECTS = (*(dialect.name for dialect in DIALECTS), call.DIALECT, UNKNOWN_DIALECT)
_PREFIX = "sidewatch_gateway"


class GatewayMetrics:
    """Every series of one gateway, on a registry of its own.

    Counters by reason and distributions by dialect are dicts; `requests` goes by method and status
    class. Only one thread may count. A gateway of several processes gives each the same `rows` and
    a `row` of them: any of them then shows the sums over all.
    """

    def __init__(self, rows: Rows | None = None, row: int = 0) -> None:
        self.registry = CollectorRegistry()
        self._cells = Cells(rows, row)
        self._levels: dict[str, Level] = {}
        self.process = ProcessMetrics(self._cells, self.registry, _PREFIX)
        self.requests = self._requests()
        self.bytes_in = self._count("request_body_bytes", "Bytes of request bodies.")
        self.bytes_out = self._count("response_body_bytes", "Bytes of response bodies.")
        self.client_errors = self._count("client_errors", "Requests refused as malformed.")
        self.client_closed = self._count("client_closed", "Clients gone before the answer ended.")
        self.upstream_errors = self._by(
            "upstream_errors", "Upstream failures.", "reason", UPSTREAM_ERRORS
        )
        self.connect = self._distributions(
            "upstream_connect_seconds", "Time to open an upstream connection.", edges.CONNECT
        )
        self.own = self._distributions(
            "own_seconds", "Taken to pass on a request and the answer's beginning.", edges.OWN
        )
        self._measure_answers()
        self._count_exchanges()

    def _measure_answers(self) -> None:
        self.duration = self._by_dialect(
            "request_duration_seconds", "Request's last byte to answer's last.", edges.DURATION
        )
        self.ttft = self._by_dialect(
            "time_to_first_token_seconds", "Request's last byte to first content.", edges.TTFT
        )
        self.gaps = self._by_dialect(
            "inter_chunk_seconds", "Silence between two content chunks.", edges.INTER_CHUNK
        )
        self.stalled = self._count("stalled_streams", "Notices of streams that fell silent.")
        self.looping = self._count(
            "looping_streams", "Notices of streams that seem to repeat themselves."
        )

    def _count_exchanges(self) -> None:
        self.seen = self._count("exchanges_seen", "Exchanges that passed.")
        self.recorded = self._count("exchanges_recorded", "Exchanges in the journal.")
        self.unparsed = self._by(
            "exchanges_unparsed", "Exchanges passed on unread, unscanned.", "reason", REASONS
        )
        self.truncated = self._by("exchanges_truncated", "Exchanges kept in part.", "side", SIDES)
        self.dropped = self._by(
            "exchanges_dropped", "Exchanges lost to the journal.", "reason", DROPPED
        )
        self.journal_errors = self._count("journal_errors", "Appends that failed.")
        self.journal_up = self._level("journal_up", "1 if the last append worked.", min)
        self.journal_up.set(1)
        self._measure_spool()

    def _measure_spool(self) -> None:
        self.spooled = self._count("exchanges_spooled", "Exchanges put on disk.")
        self.spool_drained = self._count("spool_drained", "Exchanges from disk to the journal.")
        self.spool_adopted = self._count(
            "spool_adopted", "Exchanges taken over from a process that ended."
        )
        self.spool_left = self._count("spool_left", "Exchanges on disk when a process ended.")
        self.spool_bytes = self._level("spool_bytes", "Bytes of the spool.", sum)
        self.spool_exchanges = self._level("spool_exchanges", "Exchanges in the spool.", sum)
        self.spool_oldest = self._level(
            "spool_oldest_seconds", "Age of the oldest exchange in the spool.", max
        )

    def gauge(self, name: str, text: str, read: Callable[[], float], merge: Merge = sum) -> None:
        """A gauge that is read when it is scraped; the same again is read from then on.

        Of several processes it shows the sum, or what else `merge` makes of their numbers.
        """
        level = self._levels.get(name) or self._level(name, text, merge)
        level.read = read

    def open(self) -> None:
        """Let the other processes see what this one is at: everything is registered by now.

        Raises
        ------
        LayoutError
            Another process of this gateway has registered something else.
        """
        self._cells.check()
        self.publish()
        self._cells.open()

    def stand_by(self) -> None:
        """As `open`, for a process that takes no requests itself."""
        self.process.serving.set(0)
        self.publish()
        self._cells.open()

    def publish(self) -> None:
        """Read every gauge, so that the other processes can."""
        for level in self._levels.values():
            level.publish()
        self.process.publish()

    def settle(self) -> None:
        """Count as lost what a process that was here before had seen and not handed over.

        What it had put on disk is not lost: another process takes it over.
        """
        self.spool_left.inc(self.spool_exchanges.value)
        self.spool_exchanges.set(0)
        self.spool_bytes.set(0)
        came = self.seen.value + self.spool_adopted.value
        gone = self.recorded.value + self.spool_left.value
        gone += sum(count.value for count in self.dropped.values())
        self.dropped["killed"].inc(max(came - gone, 0))

    def _requests(self) -> dict[tuple[str, ...], Count]:
        labels = ("method", "status")
        name = f"{_PREFIX}_requests"
        counts = Counts(self._cells, name, "Requests answered.", labels, product(METHODS, CLASSES))
        self.registry.register(counts)
        return dict(counts.children)

    def _level(self, name: str, text: str, merge: Merge) -> Level:
        level = Level(self._cells, f"{_PREFIX}_{name}", text, merge)
        self.registry.register(level)
        self._levels[name] = level
        return level

    def _count(self, name: str, text: str) -> Count:
        counts = Counts(self._cells, f"{_PREFIX}_{name}", text, (), [()])
        self.registry.register(counts)
        return counts.children[()]

    def _by(self, name: str, text: str, label: str, values: Sequence[str]) -> dict[str, Count]:
        counts = Counts(
            self._cells, f"{_PREFIX}_{name}", text, (label,), [(value,) for value in values]
        )
        self.registry.register(counts)
        return {value: counts.children[value,] for value in values}

    def _distributions(self, name: str, text: str, bounds: Sequence[float]) -> Distribution:
        found = Distributions(self._cells, f"{_PREFIX}_{name}", text, (), [()], edges=bounds)
        self.registry.register(found)
        return found.children[()]

    def _by_dialect(self, name: str, text: str, bounds: Sequence[float]) -> dict[str, Distribution]:
        values = [(dialect,) for dialect in _DIALECTS]
        found = Distributions(
            self._cells, f"{_PREFIX}_{name}", text, ("dialect",), values, edges=bounds
        )
        self.registry.register(found)
        return {dialect: found.children[dialect,] for dialect in _DIALECTS}
