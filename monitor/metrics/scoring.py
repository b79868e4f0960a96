"""Metrics of scoring on demand: who waits, who was sent away, and whether the models work."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OUTCOMES = ("scored", "full", "late", "failed")
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class ScoringMetrics:
    """Every series is there from the start."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.callers = Counter(
            "sidewatch_api_score_callers",
            "Callers who wanted something scored, by outcome: scored, sent away because too many "
            "wait, not scored in time, or failed with the models.",
            ["outcome"],
            registry=registry,
        )
        for outcome in OUTCOMES:
            self.callers.labels(outcome)
        self.batch = Histogram(
            "sidewatch_api_score_batch_exchanges",
            "Exchanges that were scored together.",
            buckets=_SIZES,
            registry=registry,
        )
        self._up = Gauge(
            "sidewatch_api_scorer_up",
            "1 if nothing is known to be wrong with the safety models of the API.",
            registry=registry,
        )
        self._waiting = Gauge(
            "sidewatch_api_score_waiting_exchanges",
            "Exchanges that callers wait for.",
            registry=registry,
        )

    def watch(self, *, up: Callable[[], bool], waiting: Callable[[], int]) -> None:
        """Export what these say when it is asked for."""
        self._up.set_function(lambda: float(up()))
        self._waiting.set_function(lambda: float(waiting()))
