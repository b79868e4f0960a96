"""Metrics of alerts, for the worker that delivers them."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from monitor.metrics.labels import DELIVERIES

_DELAYS = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0, 21_600.0)


class AlertMetrics:
    """What becomes of messages, by the names of the channels in the settings."""

    def __init__(self, registry: CollectorRegistry, *, channels: Sequence[str] = ()) -> None:
        self.delivering = Gauge(
            "sidewatch_alerts_delivering",
            "1 while this worker is the one that delivers alerts.",
            registry=registry,
        )
        self.events = Counter(
            "sidewatch_alerts_events", "Changes of incidents that were read.", registry=registry
        )
        self.tries = Counter(
            "sidewatch_alerts_deliveries",
            "Tries to deliver a message: delivered, failed, or dead since it was given up.",
            ["channel", "outcome"],
            registry=registry,
        )
        self.silenced = Counter(
            "sidewatch_alerts_silenced",
            "Times that what was due was left untold, as all of it was silenced.",
            ["channel"],
            registry=registry,
        )
        self.waiting = Gauge(
            "sidewatch_alerts_waiting_groups",
            "Groups of incidents with news that a channel has not been told.",
            ["channel"],
            registry=registry,
        )
        self.up = Gauge(
            "sidewatch_alerts_channel_up",
            "0 from when a channel did not take a message until it takes one.",
            ["channel"],
            registry=registry,
        )
        self.delay = Histogram(
            "sidewatch_alerts_delay_seconds",
            "From when a message was made until it was delivered.",
            ["channel"],
            buckets=_DELAYS,
            registry=registry,
        )
        for channel in channels:
            self.silenced.labels(channel)
            self.waiting.labels(channel)
            self.up.labels(channel).set(1)
            self.delay.labels(channel)
            for outcome in DELIVERIES:
                self.tries.labels(channel, outcome)
