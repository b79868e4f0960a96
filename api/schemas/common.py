"""What callers send and get that is not a word of the domain already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monitor.baselines.traffic import Traffic
from monitor.incidents.bundle import SimilarViolation
from monitor.incidents.incident import Status
from monitor.incidents.links import LONGEST, MOST, LinkError, checked
from monitor.journal.base import Backlog
from monitor.labels.label import IncidentLabel, LabelVerdict
from monitor.policy import Policy
from monitor.record import ExchangeRecord
from monitor.store.base import BaselineRecord, Facets

Id = Annotated[str, Path(min_length=1, max_length=200)]
Time = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
"""Seconds since the epoch."""
Name = Annotated[str, Field(max_length=300)]


def _checked_link(url: str) -> str:
    try:
        return checked(url)
    except LinkError as error:
        raise ValueError(str(error)) from error


Link = Annotated[str, Field(max_length=LONGEST), AfterValidator(_checked_link)]
"""An http or https address."""


class _Strict(BaseModel):
    """Refuses what it does not know: a misspelt filter must not silently let all pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeRange(_Strict):
    """Bounds in seconds since the epoch, both included."""

    since: Time | None = None
    until: Time | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since is later than until")
        return self


class ExchangeFilter(TimeRange):
    """Which exchanges to list, oldest first."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class IncidentChange(_Strict):
    """What to change of an incident; what is absent stays."""

    status: Status | None = None
    owner: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=4000)] = ""
    links: Annotated[list[Link], Field(max_length=MOST)] | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "acknowledged", "owner": "ada", "note": "Rolling back."}]
        }
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.status or self.owner or self.note or self.links is not None):
            raise ValueError("give at least one of status, owner, note and links")
        return self


class _BySomebody(_Strict):
    """Who asks for a change, and why; both go into the audit log."""

    by: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""


class _OfTraffic(_BySomebody):
    """Whose traffic is meant: a model's, or a narrower part of it; `traffic` says it in one."""

    model: Annotated[str, Field(max_length=300)] = ""
    route: Annotated[str, Field(max_length=300)] = ""
    tenant: Annotated[str, Field(max_length=300)] = ""

    @property
    def traffic(self) -> Traffic:
        return Traffic(self.model, self.route, self.tenant)


class Promotion(_OfTraffic):
    """Whose traffic a baseline shall judge; without a model that of every model without its own.

    With a route or a tenant, that part of the traffic is watched for drift besides the whole.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": "smollm2", "by": "ada", "note": "The new prompt template."}]
        }
    )


class Undoing(_OfTraffic):
    """Whose last promotion is taken back; without a model that of every model without its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": "smollm2", "by": "ada"}]})


class Acceptance(_BySomebody):
    """The drift incident whose change is the new normal.

    Without a `name` the baseline becomes the next version of the one that counted.
    """

    incident: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(max_length=100)] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "incident": "01JD8Q7F0K3V5N9A1C7E2G4H6J",
                    "by": "ada",
                    "note": "Recipes are asked for in German now.",
                }
            ]
        }
    )


class LabelGiven(_Strict):
    """What a person says of an incident.

    Without `exchange_id` it is of the exchange that opened the incident.
    """

    verdict: LabelVerdict
    reason: Annotated[str, Field(max_length=4000)] = ""
    by: Annotated[str, Field(max_length=200)] = ""
    exchange_id: Annotated[str, Field(max_length=200)] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verdict": "false_positive",
                    "reason": "A nurse asks for a dose.",
                    "by": "ada",
                }
            ]
        }
    )


@dataclass(frozen=True, slots=True)
class IncidentLabels:
    """What people have said of an incident, oldest first."""

    items: list[IncidentLabel]


@dataclass(frozen=True, slots=True)
class SimilarViolations:
    """Other incidents like one, the most similar first."""

    items: list[SimilarViolation]


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Stored exchanges, oldest first; the next page begins at the last one's time."""

    items: list[ExchangeRecord]


@dataclass(frozen=True, slots=True)
class Baselines:
    """Stored baselines, newest first."""

    items: list[BaselineRecord]


@dataclass(frozen=True, slots=True)
class VersionedPolicy:
    """The policy by which verdicts are made; `version` is a hash of its content."""

    version: str
    policy: Policy


class SideScore(BaseModel):
    """Calibrated probabilities for one text; `flagged` by the policy's thresholds."""

    model_config = ConfigDict(extra="allow")

    unsafe: float
    flagged: bool
    categories: dict[str, float]


class ExchangeScore(BaseModel):
    """Both sides of one exchange. A side that is absent, or could not be scored, is null.

    `unscored` gives the reason. A side that it names with `language` has scores that say little: they
    are of a text in a language that the models are not trusted with.
    """

    model_config = ConfigDict(extra="allow")

    id: str
    prompt: SideScore | None
    response: SideScore | None
    given: SideScore | None = None
    """What tools and documents gave; its `sources` say what each of them scores."""
    conversation: SideScore | None = None
    """The user's last turns together; flagged where no turn alone is."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Numbers of incidents open or acknowledged."""

    total: int
    by_severity: dict[str, int]
    by_detector: dict[str, int]
    by_status: dict[str, int]


def unresolved(counts: Mapping[Facets, int]) -> Unresolved:
    """Add up what is not resolved."""
    left = {facets: count for facets, count in counts.items() if facets.status != "resolved"}

    def by(facet: str) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for facets, count in left.items():
            totals[getattr(facets, facet)] += count
        return dict(totals)

    return Unresolved(sum(left.values()), by("severity"), by("detector"), by("status"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The pipeline in numbers. `counts` are totals over all processes and restarts."""

    at: float
    counts: dict[str, int]
    backlog: Backlog
    incidents: Unresolved
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """The process works, or has what it needs."""

    status: Literal["ok"] = "ok"
