"""Alerts of an Alertmanager as markers: what else was wrong when an incident began. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.alerts.payloads import ALERT, TEST
from monitor.alerts.wording import plain, when
from monitor.exchange.ident import derived
from monitor.markers.marker import Marker

_LATEST = 1e11
_LONGEST = 500
_MODELS = ("model", "model_name")
"""Labels that name a model; the second is that of vLLM's own metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedAlert:
    """One alert as an Alertmanager sends it; times are in seconds since the epoch.

    `ends` is None while it is firing. `fingerprint` is the same each time it is sent.
    """

    fingerprint: str
    starts: float
    ends: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def marker_of(alert: ReceivedAlert, *, by: str, at: float) -> Marker | None:
    """The marker of an alert, the same each time it is sent; None for one of our own.

    `at` stands in for a beginning that cannot be.
    """
    name = alert.labels.get("alertname", "")
    if name in {ALERT, TEST}:
        return None
    starts = alert.starts if 0.0 <= alert.starts <= _LATEST else at
    labels = alert.labels
    return Marker(
        id=derived(starts, f"{alert.fingerprint}:{name}"),
        at=starts,
        kind="alert",
        text=_text(name, alert),
        by=by,
        model=next((labels[key] for key in _MODELS if labels.get(key)), "")[:_LONGEST],
        tenant=labels.get("tenant", "")[:_LONGEST],
    )


def _text(name: str, alert: ReceivedAlert) -> str:
    told = alert.annotations.get("summary") or alert.annotations.get("description", "")
    severity = alert.labels.get("severity", "")
    head = f"{name or 'alert'}{severity and f' ({severity})'}"
    over = f", over since {when(alert.ends)}" if alert.ends is not None else ""
    return plain(f"{head}{told and ': '}{told}", longest=_LONGEST) + over
