"""What callers send and get of markers and silences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Name, Time, TimeRange
from detectors.base import DetectorName, Severity
from monitor.incidents.moments import Moment
from monitor.incidents.timeline import Note
from monitor.markers.marker import Marker, MarkerKind
from monitor.silences.silence import Silence
from monitor.silences.silencing import LONGEST


class MarkerFilter(TimeRange):
    """Which markers to list, the latest first."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class MarkerGiven(BaseModel):
    """Something that was done to the service; `at` is now where it is absent."""

    kind: MarkerKind
    text: Annotated[str, Field(min_length=1, max_length=1000)]
    at: Time | None = None
    by: Annotated[str, Field(max_length=200)] = ""
    model: Name = ""
    tenant: Name = ""
    version: Name = ""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "kind": "deployment",
                    "text": "vLLM 0.12 on all replicas",
                    "model": "smollm2",
                    "version": "v0.12.0",
                    "by": "ci",
                }
            ]
        },
    )


class SilenceFilter(BaseModel):
    """Which silences to list: those in force, or all that are still kept."""

    ended: bool = False

    model_config = ConfigDict(extra="forbid", frozen=True)


class SilenceAsked(BaseModel):
    """What to silence, why, and for how many seconds; every matcher given must fit an incident."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    seconds: Annotated[float, Field(gt=0, le=LONGEST)]
    by: Annotated[str, Field(max_length=200)] = ""
    detector: DetectorName | None = None
    kind: Name = ""
    model: Name = ""
    route: Name = ""
    tenant: Name = ""
    severity: Severity | None = None

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "reason": "Load test of the new cluster.",
                    "seconds": 7200,
                    "detector": "latency",
                    "model": "smollm2",
                    "by": "ada",
                }
            ]
        },
    )

    def silence(self, silence_id: str, *, by: str, at: float) -> Silence:
        """As the store takes it."""
        return Silence(
            id=silence_id,
            created=at,
            until=at + self.seconds,
            by=by,
            reason=self.reason,
            detector=self.detector or "",
            kind=self.kind,
            model=self.model,
            route=self.route,
            tenant=self.tenant,
            severity=self.severity or "",
        )


class NoteGiven(BaseModel):
    """What was found or done."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    by: Annotated[str, Field(max_length=200)] = ""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"text": "Rolled back to v0.11.", "by": "ada"}]},
    )


@dataclass(frozen=True, slots=True)
class IncidentNotes:
    """What was written on an incident, oldest first."""

    items: list[Note]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened to an incident, oldest first."""

    items: list[Moment]


@dataclass(frozen=True, slots=True)
class Markers:
    """What was done to the service, the latest first."""

    items: list[Marker]


@dataclass(frozen=True, slots=True)
class Silences:
    """What raises no alert, the last to end first."""

    items: list[Silence]
