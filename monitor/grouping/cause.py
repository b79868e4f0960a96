"""Which incidents of a story tell most of its cause."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.grouping.aspects import is_of_traffic
from monitor.incidents.incident import RANK, Incident

_NAMED = frozenset({"slow_replica", "periodic_stall", "model_failing"})
_SYMPTOMS = frozenset({"timing_drift", "relation_drift"})
_SINGLE, _MANY, _SYMPTOM, _TIMES, _CHANGE, _NAME = range(6)


def leading(incidents: Iterable[Incident]) -> list[Incident]:
    """Incidents, those first that tell most of the cause.

    What names a replica, a rhythm or a model of ours goes first; then changes of what is asked and
    answered, slower times, other changes of the traffic; then what was found on many exchanges, and
    last on few. Of the like, the graver, the more, the earlier.
    """
    return sorted(incidents, key=_order)


def _order(incident: Incident) -> tuple[int, int, int, float, str]:
    severity = RANK[incident.severity]
    return (-_tells(incident), -severity, -incident.count, incident.since, incident.id)


def _tells(incident: Incident) -> int:
    if not is_of_traffic(incident.detector, incident.rule, incident.kind):
        return _MANY if incident.count >= 3 else _SINGLE
    if incident.kind in _NAMED:
        return _NAME
    if incident.kind in _SYMPTOMS:
        return _SYMPTOM
    return _CHANGE if incident.detector in {"drift", "anomaly"} else _TIMES
