"""Messages as programs take them: the body of a webhook, and the alerts of an Alertmanager."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from monitor.alerts.message import Message, ToldIncident
from monitor.alerts.wording import plain

VERSION = 1
ALERT = "SidewatchIncident"
"""The `alertname` of every incident in an Alertmanager."""
TEST = "SidewatchTest"
"""That of a test."""
_TIMES_RESEND = 4.0
_LATEST = 1e11


def webhook_body(message: Message) -> bytes:
    """The JSON document that a webhook gets."""
    return msgspec.json.encode({"version": VERSION, **msgspec.to_builtins(message)})


def alerts_body(message: Message, *, now: float, resend: float) -> bytes:
    """The alerts that an Alertmanager gets, as its API v2 has them.

    What is open ends, for the Alertmanager, four times `resend` seconds from `now` unless it is sent
    again. An incident of another severity than before is another alert, and the old one has ended.
    """
    alerts: list[dict[str, Any]] = []
    for incident in message.incidents:
        ends = incident.ended if incident.ended is not None else now + _TIMES_RESEND * resend
        alerts.append(_alert(incident, incident.severity, max(ends, incident.since)))
        if incident.was and incident.was != incident.severity:
            alerts.append(_alert(incident, incident.was, max(now, incident.since)))
    if message.status == "test":
        alerts.append(_test(message))
    return msgspec.json.encode(alerts)


def _alert(incident: ToldIncident, severity: str, ends: float) -> dict[str, Any]:
    labels = {
        "alertname": ALERT,
        "severity": severity,
        "detector": incident.detector,
        "kind": incident.kind,
        "model": incident.model,
        "route": incident.route,
        "tenant": incident.tenant,
        "incident": incident.id,
    }
    annotations = {
        "summary": plain(incident.title),
        "why": "; ".join(incident.why),
        "first": incident.first,
        "count": str(incident.count),
        "status": incident.status,
    }
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {name: value for name, value in annotations.items() if value},
        "startsAt": stamp(incident.since),
        "endsAt": stamp(ends),
        **({"generatorURL": incident.link} if incident.link else {}),
    }


def _test(message: Message) -> dict[str, Any]:
    return {
        "labels": {"alertname": TEST, "severity": message.severity},
        "annotations": {"summary": message.text},
        "startsAt": stamp(message.at),
        "endsAt": stamp(message.at + 60.0),
    }


def stamp(at: float) -> str:
    """A time as RFC 3339 has it; the nearest that can be, for one that cannot."""
    return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC).isoformat(
        timespec="milliseconds"
    )
