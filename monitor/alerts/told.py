"""What a message says of one incident. No text of any exchange is in it."""

from __future__ import annotations

from monitor.alerts.groups import Told
from monitor.alerts.message import ToldIncident
from monitor.alerts.wording import number, plain
from monitor.bundle import Bundle
from monitor.incidents import Incident

_FACTORS = 3
_NAMED = ("latency", "pipeline")
"""Whose factors may be names of servers; those of others may quote what somebody wrote."""
_API = "/api/v1/incidents/{id}"


def told(
    incident: Incident, bundle: Bundle | None, *, link: str = "", was: Told = ""
) -> ToldIncident:
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
        first_seen=incident.first_seen,
        last_seen=incident.last_seen,
        count=incident.count,
        owner=incident.owner,
        link=linked(link, incident.id),
        why=_why(incident, bundle) if bundle else [],
        first=_first(bundle) if bundle else "",
        was=was,
        ended=incident.updated if incident.status == "resolved" else None,
    )


def linked(link: str, incident_id: str) -> str:
    """The URL of an incident; "" if there is none."""
    if not link:
        return ""
    form = link if "{id}" in link else link.rstrip("/") + _API
    return form.replace("{id}", incident_id)


def _why(incident: Incident, bundle: Bundle) -> list[str]:
    factors = [
        factor
        for factor in bundle.contributing_factors
        if not isinstance(factor.value, str) or incident.detector in _NAMED
    ]
    return [
        f"{plain(factor.name)} {number(factor.value)}"
        + (f" (expected {number(factor.reference)})" if _is_number(factor.reference) else "")
        for factor in factors[:_FACTORS]
    ]


def _is_number(value: float | str | None) -> bool:
    return isinstance(value, float | int)


def _first(bundle: Bundle) -> str:
    for action in bundle.recommended_actions:
        return plain(f"{action.what}: {action.how}" if action.how else action.what)
    return ""
