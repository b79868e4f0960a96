"""Which routes take an incident, and what it is grouped with there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from monitor.alerts.settings import RouteSettings
from monitor.incidents.incident import RANK, Incident


def taking(routes: Sequence[RouteSettings], incident: Incident) -> Iterator[RouteSettings]:
    """The routes that take an incident, in order."""
    for route in routes:
        if matches(route, incident):
            yield route
            if route.stop:
                return


def matches(route: RouteSettings, incident: Incident) -> bool:
    """Whether an incident is one of those that a route names."""
    named = (
        (route.detectors, incident.detector),
        (route.kinds, incident.kind),
        (route.models, incident.model),
        (route.routes, incident.route),
        (route.tenants, incident.tenant),
    )
    return RANK[incident.severity] >= RANK[route.severity] and all(
        not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)
        for patterns, value in named
    )


def group_key(route: RouteSettings, incident: Incident) -> str:
    """What an incident has in common with the others of its message."""
    return "\x1f".join(_value(incident, field) for field in route.group_by)


def _value(incident: Incident, field: str) -> str:
    if field == "story":
        return incident.story or incident.fingerprint
    return str(getattr(incident, field))
