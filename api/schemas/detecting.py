"""Which detections a caller asks for, and what comes of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.common import TimeRange
from api.schemas.filters import Names
from detectors.base import DetectorName, Severity
from monitor.incidents.detections import DetectionQuery, DetectionSort


class DetectionFilter(TimeRange):
    """Which detections, each filter as often as wanted; `since` and `until` bound `at`."""

    incident: Names
    exchange: Names
    detector: Annotated[list[DetectorName], Field(default_factory=list, max_length=50)]
    kind: Names
    rule: Names
    severity: Annotated[list[Severity], Field(default_factory=list, max_length=50)]
    model: Names
    route: Names
    tenant: Names
    sort: DetectionSort = "-at"
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=1000)] = ""

    def query(self, tenant: str) -> DetectionQuery | None:
        """As the store takes it, within one tenant unless that is ""; None if that is nothing."""
        tenants = tuple(self.tenant)
        if tenant and tenants and tenant not in tenants:
            return None
        return DetectionQuery(
            incident_id=tuple(self.incident),
            exchange_id=tuple(self.exchange),
            detector=tuple(self.detector),
            kind=tuple(self.kind),
            rule=tuple(self.rule),
            severity=tuple(self.severity),
            model=tuple(self.model),
            route=tuple(self.route),
            tenant=(tenant,) if tenant else tenants,
            since=self.since,
            until=self.until,
            sort=self.sort,
            limit=self.limit,
            cursor=self.cursor,
        )
