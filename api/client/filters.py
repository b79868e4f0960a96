"""Which incidents to list, as keyword arguments; each may be one value or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from detectors.base import DetectorName, Severity
from monitor.incidents.detections import DetectionSort
from monitor.incidents.incident import Status
from monitor.store.base import IncidentSort


class IncidentFilters(TypedDict, total=False):
    """Those pass that pass every filter. Times are in seconds since the epoch, bounds included.

    `since` and `until` bound when an incident was last seen. `q` finds those of which all its words are
    said, `like` those whose text means nearly the same.
    """

    status: Status | Sequence[Status]
    severity: Severity | Sequence[Severity]
    detector: DetectorName | Sequence[DetectorName]
    kind: str | Sequence[str]
    model: str | Sequence[str]
    route: str | Sequence[str]
    tenant: str | Sequence[str]
    owner: str | Sequence[str]
    rule: str | Sequence[str]
    verdict: str | Sequence[str]
    story: str | Sequence[str]
    since: float
    until: float
    first_since: float
    first_until: float
    updated_since: float
    updated_until: float
    q: str
    like: str
    sort: IncidentSort


class DetectionFilters(TypedDict, total=False):
    """Those pass that pass every filter; `since` and `until` bound when it was found."""

    incident: str | Sequence[str]
    exchange: str | Sequence[str]
    detector: DetectorName | Sequence[DetectorName]
    kind: str | Sequence[str]
    rule: str | Sequence[str]
    severity: Severity | Sequence[Severity]
    model: str | Sequence[str]
    route: str | Sequence[str]
    tenant: str | Sequence[str]
    since: float
    until: float
    sort: DetectionSort
