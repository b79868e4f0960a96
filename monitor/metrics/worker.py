"""Metrics of the worker."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from monitor.metrics.labels import (
    EXPLANATIONS,
    KINDS,
    LANGUAGES,
    PARTS,
    REPORTS,
    SCRAPES,
    SEVERITIES,
    SIDES,
    STREAMS,
    UNSCORED,
)

_DELAY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REPORT_BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
_SCORE_BUCKETS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class WorkerMetrics:
    """What the worker counts. Labels are from closed sets; models are capped by the watch stage.

    `models` are the names of the safety models, where there are others than the built-in one.
    """

    def __init__(self, registry: CollectorRegistry, *, models: Sequence[str] = ()) -> None:
        self.registry = registry
        self.scored = Counter(
            "sidewatch_exchanges_scored", "Exchanges scored and passed on.", registry=registry
        )
        self.unscored = Counter(
            "sidewatch_texts_unscored",
            "Texts that nobody judged, or could trust themselves to, by reason; they are not clean.",
            ["side", "reason"],
            registry=registry,
        )
        self.texts = Counter(
            "sidewatch_texts",
            "Texts that were scored, by the language of most of each.",
            ["side", "language"],
            registry=registry,
        )
        self.failures = Counter(
            "sidewatch_detector_failures",
            "Times a detector or a part of the score stage raised.",
            ["part"],
            registry=registry,
        )
        self.model_failures = Counter(
            "sidewatch_safety_model_failures",
            "Texts that one of several safety models failed to judge.",
            ["model"],
            registry=registry,
        )
        self.model_up = Gauge(
            "sidewatch_safety_model_up",
            "0 from when a safety model failed until it answers again.",
            ["model"],
            registry=registry,
        )
        self.retried = Counter(
            "sidewatch_exchanges_retried",
            "Exchanges taken over from a worker that did not finish them.",
            registry=registry,
        )
        self.dead = Counter(
            "sidewatch_exchanges_dead",
            "Exchanges given up on after repeated failure.",
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "sidewatch_score_batch_seconds",
            "Time to score one batch.",
            buckets=_STAGE_BUCKETS,
            registry=registry,
        )
        self.delay = Histogram(
            "sidewatch_watch_delay_seconds",
            "From the end of an exchange until all detectors have judged it.",
            buckets=_DELAY_BUCKETS,
            registry=registry,
        )
        self.safety = Histogram(
            "sidewatch_safety_score",
            "Probability that a text is unsafe.",
            ["side"],
            buckets=_SCORE_BUCKETS,
            registry=registry,
        )
        self.score = Gauge(
            "sidewatch_detector_score",
            "Latest score of a detector's rule; for safety see its histogram.",
            ["detector", "score"],
            registry=registry,
        )
        self.detections = Counter(
            "sidewatch_detections",
            "Findings.",
            ["detector", "kind", "severity"],
            registry=registry,
        )
        self.incidents = Counter(
            "sidewatch_incidents_opened",
            "Incidents opened.",
            ["detector", "kind", "severity"],
            registry=registry,
        )
        self.silenced = Counter(
            "sidewatch_incidents_silenced",
            "Incidents opened while a silence let them raise no alert.",
            ["detector", "severity"],
            registry=registry,
        )
        self.reports = Counter(
            "sidewatch_reports",
            "Reports about incidents: made, failed, or dropped since too many waited.",
            ["outcome"],
            registry=registry,
        )
        self.report_seconds = Histogram(
            "sidewatch_report_seconds",
            "Time to make one report, in its own process.",
            buckets=_REPORT_BUCKETS,
            registry=registry,
        )
        self.explanations = Counter(
            "sidewatch_safety_explanations",
            "Explanations of safety incidents: made, failed, or dropped since too many waited.",
            ["outcome"],
            registry=registry,
        )
        self.scrapes = Counter(
            "sidewatch_model_server_scrapes",
            "Readings of the model servers' own metrics: read, or failed.",
            ["outcome"],
            registry=registry,
        )
        self.backlog = Gauge(
            "sidewatch_backlog",
            "Entries waiting, by stream.",
            ["stream"],
            registry=registry,
        )
        self.shards = Gauge(
            "sidewatch_shards_owned", "Shards that this worker watches.", registry=registry
        )
        self.baselines = Gauge(
            "sidewatch_models_without_baseline",
            "Models whose drift and anomalies cannot be judged yet, by shard.",
            ["shard"],
            registry=registry,
        )
        self.provisional = Gauge(
            "sidewatch_models_on_provisional_baseline",
            "Models judged by their own first exchanges, which nobody has looked at, by shard.",
            ["shard"],
            registry=registry,
        )
        self.recovered = Counter(
            "sidewatch_incidents_recovered",
            "Incidents that were resolved without a person: what was found is over.",
            ["detector"],
            registry=registry,
        )
        self.store_up = Gauge(
            "sidewatch_store_up", "1 while journal and store answer.", registry=registry
        )
        self._begin_at_zero()
        for model in models:
            self.model_failures.labels(model)
            self.model_up.labels(model).set(1)

    def _begin_at_zero(self) -> None:
        for labels in product(SIDES, UNSCORED):
            self.unscored.labels(*labels)
        for labels in product(SIDES, LANGUAGES):
            self.texts.labels(*labels)
        for detector, kinds in KINDS.items():
            self.recovered.labels(detector)
            for kind, severity in product(kinds, SEVERITIES):
                self.silenced.labels(detector, severity)
                self.detections.labels(detector, kind, severity)
                self.incidents.labels(detector, kind, severity)
        outcomes = (self.explanations, EXPLANATIONS), (self.reports, REPORTS)
        for counter, known in (*outcomes, (self.scrapes, SCRAPES)):
            for outcome in known:
                counter.labels(outcome)
        for part in PARTS:
            self.failures.labels(part)
        for side in SIDES:
            self.safety.labels(side)
        for stream in STREAMS:
            self.backlog.labels(stream)
