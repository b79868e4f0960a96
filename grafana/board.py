"""What the overview board shows: rows of panels with their queries, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WINDOW = "$__rate_interval"


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and how its series are named."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One panel. `steps` are thresholds: from this value on, this colour."""

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: Literal["graph", "number"] = "graph"
    stacked: bool = False
    steps: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A row of the board."""

    title: str
    tiles: tuple[Tile, ...]


def rate(metric: str, labels: str = "", by: str = "") -> str:
    """Per-second increase, summed over processes, kept apart by some labels."""
    selector = f"{metric}{{{labels}}}" if labels else metric
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({selector}[{WINDOW}]))"


def last_hour(metric: str) -> tuple[Query, ...]:
    """Findings in the last hour: all together, and of each kind that occurred."""
    each = f"sum by (detector, kind, severity) (increase({metric}[1h]))"
    return (
        Query(f"sum(increase({metric}[1h]))", "all"),
        Query(f"{each} > 0", "{{detector}} {{kind}} {{severity}}"),
    )


def quantiles(metric: str, by: str = "") -> tuple[Query, ...]:
    """Median, 95th and 99th percentile of a histogram."""
    kept = f"le, {by}" if by else "le"
    prefix = f"{{{{{by}}}}} " if by else ""
    inner = f"sum by ({kept}) (rate({metric}_bucket[{WINDOW}]))"
    return tuple(
        Query(f"histogram_quantile({q}, {inner})", f"{prefix}p{round(q * 100)}")
        for q in (0.5, 0.95, 0.99)
    )


def _budgets(worst: str, what: str) -> Query:
    """The worst that any shard says of each limit's error budget."""
    scores = f'sidewatch_detector_score{{detector="latency", score=~"budget_.+_{what}"}}'
    return Query(f"{worst} by (score) ({scores})", "{{score}}")


_G = "sidewatch_gateway"
_WRONG = rate(f"{_G}_requests_total", 'status=~"5xx|none"')
_SEEN = f"{_G}_exchanges_seen_total"
_SCORE = "sidewatch_safety_score"
_LOST = "sidewatch_texts_unscored_total"
_TEXTS = "sidewatch_texts_total"

NOW = Band(
    "Now",
    (
        Tile(
            title="Requests",
            description="Requests answered per second.",
            queries=(Query(rate(f"{_G}_requests_total")),),
            unit="reqps",
            kind="number",
        ),
        Tile(
            title="Failed",
            description="Share of requests answered with 5xx or not at all.",
            queries=(Query(f"{_WRONG} / {rate(f'{_G}_requests_total')}"),),
            unit="percentunit",
            kind="number",
            steps=((0.01, "yellow"), (0.05, "red")),
        ),
        Tile(
            title="First token, p95",
            description="From the last byte of the request to the first content.",
            queries=(quantiles(f"{_G}_time_to_first_token_seconds")[1],),
            unit="s",
            kind="number",
        ),
        Tile(
            title="In flight",
            description="Requests under way in all gateways.",
            queries=(Query(f"sum({_G}_requests_in_flight)"),),
            kind="number",
        ),
        Tile(
            title="Unresolved incidents",
            description="Open or acknowledged, as the store tells it.",
            queries=(
                Query("sum(max by (status, severity, detector) (sidewatch_incidents_unresolved))"),
            ),
            kind="number",
            steps=((1, "yellow"),),
        ),
        Tile(
            title="Critical",
            description="Critical incidents open or acknowledged.",
            queries=(
                Query(
                    "sum(max by (status, severity, detector) "
                    '(sidewatch_incidents_unresolved{severity="critical"}))'
                ),
            ),
            kind="number",
            steps=((1, "red"),),
        ),
        Tile(
            title="Backlog",
            description="Exchanges in the journal that nobody has scored yet.",
            queries=(Query('max(sidewatch_journal_entries{stream="exchanges"})'),),
            kind="number",
            steps=((1_000, "yellow"), (50_000, "red")),
        ),
        Tile(
            title="Dropped or dead",
            description="Exchanges lost to analysis in the last hour. Traffic itself is untouched.",
            queries=(
                Query(
                    f"sum(increase({_G}_exchanges_dropped_total[1h])) "
                    "+ sum(increase(sidewatch_exchanges_dead_total[1h]))"
                ),
            ),
            kind="number",
            steps=((1, "red"),),
        ),
    ),
)

TRAFFIC = Band(
    "Traffic",
    (
        Tile(
            title="Requests by status",
            description="Status class as the client got it; none: it got no answer.",
            queries=(Query(rate(f"{_G}_requests_total", by="status"), "{{status}}"),),
            unit="reqps",
            stacked=True,
        ),
        Tile(
            title="Under way",
            description="Requests and client connections open in the gateways.",
            queries=(
                Query(f"sum({_G}_requests_in_flight)", "requests"),
                Query(f"sum({_G}_client_connections)", "connections"),
            ),
        ),
        Tile(
            title="Errors",
            description="Upstream failures by reason, malformed requests, clients that left early.",
            queries=(
                Query(rate(f"{_G}_upstream_errors_total", by="reason"), "{{reason}}"),
                Query(rate(f"{_G}_client_errors_total"), "malformed request"),
                Query(rate(f"{_G}_client_closed_total"), "client left"),
            ),
            unit="ops",
        ),
        Tile(
            title="Bytes",
            description="Bodies passed on in each direction.",
            queries=(
                Query(rate(f"{_G}_request_body_bytes_total"), "requests"),
                Query(rate(f"{_G}_response_body_bytes_total"), "answers"),
            ),
            unit="Bps",
        ),
    ),
)

LATENCY = Band(
    "Latency of the model server",
    (
        Tile(
            title="Time to first token",
            description="Streams: from the last byte of the request to the first content.",
            queries=quantiles(f"{_G}_time_to_first_token_seconds"),
            unit="s",
        ),
        Tile(
            title="Time per output chunk",
            description="Silence between two content chunks: about the time per output token.",
            queries=quantiles(f"{_G}_inter_chunk_seconds"),
            unit="s",
        ),
        Tile(
            title="Duration",
            description="From the last byte of the request to the last of the answer.",
            queries=quantiles(f"{_G}_request_duration_seconds"),
            unit="s",
        ),
        Tile(
            title="Stalled and looping streams, slow connects",
            description="Streams that fell silent, or repeat themselves, per second; p95 of opening a connection.",
            queries=(
                Query(rate(f"{_G}_stalled_streams_total"), "stalled"),
                Query(rate(f"{_G}_looping_streams_total"), "looping"),
                quantiles(f"{_G}_upstream_connect_seconds")[1],
            ),
        ),
        Tile(
            title="What Sidewatch takes",
            description="Of the way to the first byte: passing on the request and the answer's beginning.",
            queries=quantiles(f"{_G}_own_seconds"),
            unit="s",
        ),
        Tile(
            title="Slower than the baseline",
            description="Evidence of latency.shift, in nats; at its threshold, 11.5 by default, it speaks.",
            queries=(
                Query(
                    'max(sidewatch_detector_score{detector="latency", score="latency.shift"})',
                    "latency.shift",
                ),
            ),
        ),
        Tile(
            title="Error budgets left",
            description="Share of 30 days' budget, on the route where it is least; below 0: overdrawn.",
            queries=(_budgets("min", "left"),),
            unit="percentunit",
        ),
        Tile(
            title="Burn of error budgets",
            description="Times as fast as lasts for 30 days, over the last hour, where it is fastest.",
            queries=(_budgets("max", "burn"),),
        ),
    ),
)

ACCOUNTING = Band(
    "Where every exchange went",
    (
        Tile(
            title="Seen = recorded + dropped",
            description="Per second. Truncated and unparsed ones are recorded, but not scanned whole.",
            queries=(
                Query(rate(_SEEN), "seen"),
                Query(rate(f"{_G}_exchanges_recorded_total"), "recorded"),
                Query(rate(f"{_G}_exchanges_dropped_total"), "dropped"),
                Query(rate(f"{_G}_exchanges_unparsed_total"), "unparsed"),
                Query(rate(f"{_G}_exchanges_truncated_total"), "truncated"),
            ),
            unit="ops",
        ),
        Tile(
            title="Unaccounted",
            description="Seen less recorded, dropped and waiting in memory or on disk: zero.",
            queries=(
                Query(
                    f"sum({_SEEN}) + sum({_G}_spool_adopted_total) - sum({_G}_spool_left_total) "
                    f"- sum({_G}_exchanges_recorded_total) - sum({_G}_exchanges_dropped_total) "
                    f"- sum({_G}_queue_depth) - sum({_G}_spool_exchanges)",
                    "unaccounted",
                ),
                Query(f"sum({_G}_queue_depth)", "waiting in memory"),
                Query(f"sum({_G}_spool_exchanges)", "waiting on disk"),
            ),
        ),
        Tile(
            title="Journal",
            description="Entries waiting by stream; dead ones were given up on.",
            queries=(Query("max by (stream) (sidewatch_journal_entries)", "{{stream}}"),),
        ),
        Tile(
            title="Scored, taken over, given up",
            description="Exchanges per second in the score stage.",
            queries=(
                Query(rate("sidewatch_exchanges_scored_total"), "scored"),
                Query(rate("sidewatch_exchanges_retried_total"), "taken over"),
                Query(rate("sidewatch_exchanges_dead_total"), "given up"),
            ),
            unit="ops",
        ),
        Tile(
            title="Totals of the store",
            description="Over all processes and restarts.",
            queries=(Query("max by (event) (sidewatch_pipeline_events_total)", "{{event}}"),),
        ),
        Tile(
            title="Texts nobody judged",
            description="By side and reason. They do not count as clean.",
            queries=(Query(rate(_LOST, by="side, reason"), "{{side}} {{reason}}"),),
            unit="ops",
        ),
    ),
)

SAFETY = Band(
    "Safety",
    (
        Tile(
            title="Probability that a text is unsafe",
            description="Median, 95th and 99th percentile by side.",
            queries=quantiles(_SCORE, by="side"),
            unit="percentunit",
        ),
        Tile(
            title="Flagged by category",
            description="Safety findings per second.",
            queries=(
                Query(
                    rate("sidewatch_detections_total", 'detector="safety"', by="kind"), "{{kind}}"
                ),
            ),
            unit="ops",
            stacked=True,
        ),
        Tile(
            title="Rather unsafe than not",
            description="Share of scored texts whose probability is above one half, by side.",
            queries=(
                Query(
                    f'1 - sum by (side) (rate({_SCORE}_bucket{{le="0.5"}}[{WINDOW}])) '
                    f"/ {rate(f'{_SCORE}_count', by='side')}",
                    "{{side}}",
                ),
            ),
            unit="percentunit",
        ),
        Tile(
            title="Languages",
            description="Share of scored texts by language; und: too short to tell.",
            queries=(
                Query(f"{rate(_TEXTS, by='language')} / scalar({rate(_TEXTS)})", "{{language}}"),
            ),
            unit="percentunit",
            stacked=True,
        ),
        Tile(
            title="Safety models that answer",
            description="1 while a model answers in every worker.",
            queries=(Query("min by (model) (sidewatch_safety_model_up)", "{{model}}"),),
        ),
    ),
)

FINDINGS = Band(
    "Detections and incidents",
    (
        Tile(
            title="Detections by detector",
            description="Findings per second.",
            queries=(Query(rate("sidewatch_detections_total", by="detector"), "{{detector}}"),),
            unit="ops",
            stacked=True,
        ),
        Tile(
            title="Detections by kind",
            description="Findings in the last hour.",
            queries=last_hour("sidewatch_detections_total"),
        ),
        Tile(
            title="Incidents opened",
            description="In the last hour, by detector, kind and severity.",
            queries=last_hour("sidewatch_incidents_opened_total"),
        ),
        Tile(
            title="Unresolved incidents",
            description="Open or acknowledged, as the store tells it.",
            queries=(
                Query(
                    "sum by (detector) "
                    "(max by (status, severity, detector) (sidewatch_incidents_unresolved))",
                    "{{detector}}",
                ),
            ),
            stacked=True,
        ),
        Tile(
            title="Alerts",
            description="Tries to deliver a message in the last hour, by channel and outcome.",
            queries=(
                Query(
                    "sum by (channel, outcome) (increase(sidewatch_alerts_deliveries_total[1h]))",
                    "{{channel}} {{outcome}}",
                ),
            ),
        ),
        Tile(
            title="Over by itself",
            description="Incidents resolved in the last hour since what was found is over.",
            queries=(
                Query(
                    "sum by (detector) (increase(sidewatch_incidents_recovered_total[1h]))",
                    "{{detector}}",
                ),
            ),
        ),
    ),
)

CHANGE = Band(
    "Drift and anomaly",
    (
        Tile(
            title="Drift",
            description="Latest score of each drift rule; its threshold is in the policy.",
            queries=(
                Query('max by (score) (sidewatch_detector_score{detector="drift"})', "{{score}}"),
            ),
        ),
        Tile(
            title="Anomaly",
            description="Latest score of each anomaly rule.",
            queries=(
                Query('max by (score) (sidewatch_detector_score{detector="anomaly"})', "{{score}}"),
            ),
        ),
        Tile(
            title="Models and baselines",
            description="Without one nothing is compared; a provisional one nobody has looked at.",
            queries=(
                Query("sum(sidewatch_models_without_baseline)", "without"),
                Query("sum(sidewatch_models_on_provisional_baseline)", "provisional"),
            ),
        ),
    ),
)

HEALTH = Band(
    "Health of Sidewatch",
    (
        Tile(
            title="From exchange to verdict",
            description="From the end of an exchange until all detectors have judged it.",
            queries=quantiles("sidewatch_watch_delay_seconds"),
            unit="s",
        ),
        Tile(
            title="Scoring a batch",
            description="Time in the score stage.",
            queries=quantiles("sidewatch_score_batch_seconds"),
            unit="s",
        ),
        Tile(
            title="Connected",
            description="1 while the role reaches journal and store; shards have an owner each.",
            queries=(
                Query(f"min({_G}_journal_up)", "gateway"),
                Query("min(sidewatch_store_up)", "worker"),
                Query("min(sidewatch_api_store_up)", "api"),
                Query("sum(sidewatch_shards_owned)", "shards owned"),
            ),
        ),
        Tile(
            title="Failures inside",
            description="Detectors that raised, appends that failed.",
            queries=(
                Query(rate("sidewatch_detector_failures_total", by="part"), "{{part}}"),
                Query(rate(f"{_G}_journal_errors_total"), "journal append"),
            ),
            unit="ops",
        ),
        Tile(
            title="Gateway",
            description="Processor time per second, and how late its event loop is.",
            queries=(
                Query(rate(f"{_G}_cpu_seconds_total"), "processor"),
                Query(f"max({_G}_loop_lag_seconds)", "loop lag, s"),
            ),
        ),
        Tile(
            title="Memory of the gateway",
            description="Resident, all processes of all gateways.",
            queries=(Query(f"sum({_G}_resident_memory_bytes)", "resident"),),
            unit="bytes",
        ),
        Tile(
            title="API requests",
            description="Per second, by status.",
            queries=(Query(rate("sidewatch_api_requests_total", by="status"), "{{status}}"),),
            unit="reqps",
        ),
        Tile(
            title="API latency",
            description="Time to answer.",
            queries=quantiles("sidewatch_api_request_duration_seconds"),
            unit="s",
        ),
    ),
)

BANDS = (NOW, TRAFFIC, LATENCY, ACCOUNTING, SAFETY, FINDINGS, CHANGE, HEALTH)
