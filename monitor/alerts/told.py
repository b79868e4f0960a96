"""What a message says of one incident. No text of any exchange is in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from detectors.base import DetectorName, Evidence
from monitor.alerts.groups import Told
from monitor.alerts.message import ToldIncident
from monitor.alerts.wording import number, plain
from monitor.incidents.bundle import Bundle
from monitor.incidents.incident import Incident

_FACTORS = 3
_NAMED = ("latency", "pipeline")
"""Whose factors may be names of servers; those of others may quote what somebody wrote."""
_API = "/api/v1/incidents/{id}"


@dataclass(frozen=True, slots=True)
class Facts:
    """Why there is an incident, by its first factors, and what to do first."""

    why: list[str] = field(default_factory=list)
    first: str = ""


def told(incident: Incident, *, link: str = "", was: Told = "") -> ToldIncident:
    """An incident as it is told; `link` is `alerts.link`, `was` the severity it was told with."""
    return ToldIncident(
        id=incident.id,
        title=incident.title,
        severity=incident.severity,
        status=incident.status,
        detector=incident.detector,
        kind=incident.kind,
        model=incident.model,
        route=incident.route,
        tenant=incident.tenant,
        since=incident.since,
        first_seen=incident.first_seen,
        last_seen=incident.last_seen,
        count=incident.count,
        owner=incident.owner,
        story=incident.story,
        reason=incident.severity_reason,
        share=incident.share,
        tenants=incident.tenants,
        users=incident.users,
        link=linked(link, incident.id),
        was=was,
        ended=(incident.ended_at or incident.updated) if incident.status == "resolved" else None,
    )


def facts(bundle: Bundle, detector: DetectorName) -> Facts:
    """What a message says of an incident's bundle."""
    shown = [
        factor
        for factor in bundle.contributing_factors
        if not isinstance(factor.value, str) or detector in _NAMED
    ]
    return Facts([_factor(each) for each in shown[:_FACTORS]], _first(bundle))


def linked(link: str, incident_id: str) -> str:
    """The URL of an incident; "" if there is none."""
    if not link:
        return ""
    form = link if "{id}" in link else link.rstrip("/") + _API
    return form.replace("{id}", incident_id)


def _factor(factor: Evidence) -> str:
    expected = f" (expected {number(factor.reference)})" if _is_number(factor.reference) else ""
    return f"{plain(factor.name)} {plain(number(factor.value))}{expected}"


def _is_number(value: float | str | None) -> bool:
    return isinstance(value, float | int)


def _first(bundle: Bundle) -> str:
    for action in bundle.recommended_actions:
        return plain(f"{action.what}: {action.how}" if action.how else action.what)
    return ""
