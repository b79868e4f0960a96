"""Which incidents a caller asks for, as query parameters or as part of a body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.common import Name, Time, TimeRange
from detectors.base import DetectorName, Severity
from monitor.incidents.incident import Incident, Status
from monitor.labels.label import LabelVerdict
from monitor.store.base import IncidentQuery, IncidentSort
from monitor.store.paging import FACETS, RANGES
from monitor.store.traits import Among
from monitor.store.words import Wanted

_SOME: Any = Field(default_factory=list, max_length=20)
Names = Annotated[list[Name], _SOME]
"""Any of these; an empty one stands for those without."""


class IncidentFilter(TimeRange):
    """Which incidents: those that pass every filter, each of which may be given several times.

    `since` and `until` bound when they were last seen, the others when they were first seen and last
    changed. `q` finds those of which all its words are said, the last of which may be unfinished.
    """

    status: Annotated[list[Status], _SOME]
    severity: Annotated[list[Severity], _SOME]
    detector: Annotated[list[DetectorName], _SOME]
    kind: Names
    model: Names
    route: Names
    tenant: Names
    owner: Names
    rule: Names
    verdict: Annotated[list[LabelVerdict | Literal[""]], _SOME]
    story: Names
    first_since: Time | None = None
    first_until: Time | None = None
    updated_since: Time | None = None
    updated_until: Time | None = None
    q: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for low, high in RANGES.values():
            since, until = getattr(self, low), getattr(self, high)
            if since is not None and until is not None and since > until:
                raise ValueError(f"{low} is later than {high}")
        if self.q and Wanted.of(self.q) is None:
            raise ValueError("there is no word in q")
        return self

    def query(self) -> IncidentQuery:
        """As the store takes it."""
        fields: dict[str, Any] = {facet: tuple(getattr(self, facet)) for facet in FACETS}
        fields |= {name: getattr(self, name) for pair in RANGES.values() for name in pair}
        return IncidentQuery(**fields, text=self.q)


class IncidentList(IncidentFilter):
    """Which incidents to list, in which order; or those like a text, the most similar first."""

    sort: IncidentSort = "-last_seen"
    like: Annotated[str, Field(max_length=2000)] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _has_one_order(self) -> Self:
        if self.like and (self.q or self.cursor or self.sort != "-last_seen"):
            raise ValueError("like has an order of its own: leave out q, sort and cursor")
        return self


class SimilarFilter(BaseModel):
    """Among which incidents to look for similar ones; each may be given several times."""

    model_config = ConfigDict(extra="forbid")

    kind: Names
    model: Names
    tenant: Names
    limit: Annotated[int, Field(ge=1, le=50)] = 10

    def among(self) -> Among:
        """As a search of the store takes it."""
        return Among(tuple(self.kind), tuple(self.model), tuple(self.tenant))


@dataclass(frozen=True, slots=True)
class FoundIncidents:
    """A page of incidents; `cursor` is empty on the last.

    `similarity` gives, for a search by `like`, the cosine of each incident's text to that.
    """

    items: list[Incident]
    cursor: str = ""
    similarity: dict[str, float] = field(default_factory=dict)
