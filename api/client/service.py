"""Requests about the service: what it scores, knows as normal, has seen, and was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.client.answers import Alerts, Asked, ExchangeScore, Items, Stats
from api.client.call import Call, get, said, send
from detectors.base import DetectorName, Severity
from monitor.alerts.records import DeadLetter
from monitor.markers.marker import Marker, MarkerKind
from monitor.record import ExchangeRecord
from monitor.silences.silence import Silence
from monitor.store.base import BaselineRecord


def score(exchange: Mapping[str, Any]) -> Call[ExchangeScore]:
    """Score one exchange, such as `{"prompt": "...", "response": "..."}`. Nothing of it is stored."""
    return send("POST", ExchangeScore, "score", body=exchange)


def score_all(exchanges: Sequence[Mapping[str, Any]]) -> Call[list[ExchangeScore]]:
    """Score at most 100 exchanges, in their order."""
    return send("POST", list[ExchangeScore], "score", body=list(exchanges))


def exchange(exchange_id: str) -> Call[ExchangeRecord]:
    """One stored exchange, redacted, with what every detector said of it."""
    return get(ExchangeRecord, "exchanges", exchange_id)


def exchanges(
    *, since: float | None = None, until: float | None = None, limit: int = 100
) -> Call[Items[ExchangeRecord]]:
    """Stored exchanges of a time range, oldest first."""
    query = {"since": since, "until": until, "limit": limit}
    return get(Items[ExchangeRecord], "exchanges", query=query)


def baselines() -> Call[Items[BaselineRecord]]:
    """Stored baselines, newest first, and whose traffic is judged by each."""
    return get(Items[BaselineRecord], "baselines")


def promote_baseline(
    name: str, *, model: str = "", route: str = "", tenant: str = "", by: str = "", note: str = ""
) -> Call[BaselineRecord]:
    """Judge a model's traffic, or that of a route or tenant, by a stored baseline."""
    body = said(model=model, route=route, tenant=tenant, by=by, note=note)
    return send("POST", BaselineRecord, "baselines", name, "promote", body=body)


def silences(*, ended: bool = False) -> Call[Items[Silence]]:
    """Silences in force, the last to end first; with `ended`, also those of the last 30 days."""
    return get(Items[Silence], "silences", query={"ended": ended})


def silence(
    reason: str,
    *,
    seconds: float,
    detector: DetectorName | None = None,
    kind: str = "",
    model: str = "",
    route: str = "",
    tenant: str = "",
    severity: Severity | None = None,
    by: str = "",
) -> Call[Silence]:
    """Let the incidents that fit raise no alert for a while; they are recorded all the same."""
    body = said(
        reason=reason,
        seconds=seconds,
        detector=detector,
        kind=kind,
        model=model,
        route=route,
        tenant=tenant,
        severity=severity,
        by=by,
    )
    return send("POST", Silence, "silences", body=body)


def end_silence(silence_id: str) -> Call[Silence]:
    """End a silence now."""
    return send("DELETE", Silence, "silences", silence_id)


def markers(
    *, since: float | None = None, until: float | None = None, limit: int = 100
) -> Call[Items[Marker]]:
    """What was done to the service, the latest first."""
    return get(Items[Marker], "markers", query={"since": since, "until": until, "limit": limit})


def mark(
    kind: MarkerKind,
    text: str,
    *,
    at: float | None = None,
    model: str = "",
    tenant: str = "",
    version: str = "",
    by: str = "",
) -> Call[Marker]:
    """Say what was done to the service, as from a deployment's script; bundles name it."""
    body = said(kind=kind, text=text, at=at, model=model, tenant=tenant, version=version, by=by)
    return send("POST", Marker, "markers", body=body)


def alerts(*, limit: int = 100) -> Call[Alerts]:
    """How the channels of alerts do, and the latest tries to deliver."""
    return get(Alerts, "alerts", query={"limit": limit})


def dead_letters(*, limit: int = 100) -> Call[Items[DeadLetter]]:
    """Alerts that were given up, the latest first."""
    return get(Items[DeadLetter], "alerts", "dead", query={"limit": limit})


def retry_dead_letter(letter_id: str) -> Call[Asked]:
    """Have an alert that was given up sent again."""
    return send("POST", Asked, "alerts", "dead", letter_id, "retry")


def drop_dead_letter(letter_id: str) -> Call[bytes]:
    """Remove an alert that was given up; the answer is empty."""
    return send("DELETE", bytes, "alerts", "dead", letter_id)


def stats() -> Call[Stats]:
    """The pipeline in numbers: totals, what is waiting, what is not resolved."""
    return get(Stats, "stats")


def policy() -> Call[dict[str, Any]]:
    """The policy by which verdicts are made, with its version."""
    return get(dict[str, Any], "policy")
