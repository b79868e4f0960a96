"""The same attack in other words: which incident a finding joins that is of another category."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.base import Detection
from monitor.incidents.incident import Incident, belongs
from monitor.policy import IncidentPolicy

_SIDES = frozenset({"prompt", "response"})
_PATTERNS = frozenset({"pii", "secret"})


def side_of(rule: str) -> str:
    """The side of an exchange that a safety rule judges by its meaning; "" for all other rules."""
    family, _, rest = rule.partition(".")
    side, _, category = rest.partition(".")
    return side if family == "safety" and side in _SIDES and category not in _PATTERNS else ""


def alike(
    detection: Detection, near: Iterable[tuple[Incident, float]], policy: IncidentPolicy
) -> Incident | None:
    """The incident among those whose text is near that a safety finding joins, if any.

    It is about the same side, model and tenant, and takes further findings. Routes and categories
    may differ: other words move an attack from one category into the next. `near` has incidents with
    cosines, the nearest first.
    """
    side = side_of(detection.rule)
    if not side:
        return None
    where = (detection.model, detection.tenant, side)
    same = (
        incident
        for incident, cosine in near
        if cosine >= policy.alike
        and (incident.model, incident.tenant, side_of(incident.rule)) == where
        and belongs(incident, detection, policy)
    )
    return next(same, None)
