"""One change of many incidents: what is asked for, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.changes import TRANSITIONS, change_incident, etag
from api.guard.callers import Caller
from api.guard.tenancy import narrowed
from api.problems import ProblemError, not_found
from api.schemas.filters import IncidentFilter
from api.tags import stale
from monitor.errors import MonitorError
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, Status, TransitionError
from monitor.labels.giving import Judgement, give_label
from monitor.labels.label import LabelVerdict
from monitor.store.base import ConflictError, Store

MOST = 500
"""Incidents that one request may change."""
_AT_ONCE = 8

Version = Annotated[int, Field(ge=1)]
IncidentId = Annotated[str, Field(min_length=1, max_length=200)]


class BulkChange(BaseModel):
    """Which incidents, by id or by filter, and what to change of each.

    With a filter, `confirm` is how many incidents it finds. `versions` are those at which
    incidents were read: one that has changed since is left as it is.
    """

    ids: Annotated[list[IncidentId], Field(min_length=1, max_length=MOST)] | None = None
    filter: IncidentFilter | None = None
    confirm: Annotated[int, Field(ge=0, le=MOST)] | None = None
    versions: Annotated[dict[str, Version], Field(default_factory=dict, max_length=MOST)]
    status: Status | None = None
    owner: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=4000)] = ""
    verdict: LabelVerdict | None = None
    reason: Annotated[str, Field(max_length=4000)] = ""
    by: Annotated[str, Field(max_length=200)] = ""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "ids": ["01JD8Q7F0K3V5N9A1C7E2G4H6J", "01JD8Q7F0K3V5N9A1C7E2G4H6K"],
                    "status": "acknowledged",
                    "owner": "ada",
                },
                {
                    "filter": {"status": ["open"], "rule": ["slow_ttft"], "model": ["smollm2"]},
                    "confirm": 41,
                    "status": "resolved",
                    "note": "Rolled back.",
                },
            ]
        },
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        if (self.filter is None) != (self.confirm is None):
            raise ValueError("confirm says how many incidents filter finds; give both or neither")
        if not (self.status or self.owner or self.note or self.verdict):
            raise ValueError("give at least one of status, owner, note and verdict")
        return self


@dataclass(frozen=True, slots=True)
class BulkItem:
    """What became of one incident: 200 and its version, or a status and what was in the way."""

    id: str
    status: int
    detail: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of each incident, in the order asked for, or the one last seen latest first."""

    changed: int
    items: list[BulkItem]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Makes one caller's change; each incident is changed, and noted in the audit log, by itself."""

    store: Store
    caller: Caller
    asked: BulkChange
    at: float

    async def make(self) -> BulkResult:
        """Change them all, as far as that can be.

        Raises
        ------
        ProblemError
            409: the filter finds another number of incidents than was confirmed.
        """
        ids = await self._ids()
        items: list[BulkItem] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            items += await asyncio.gather(*(self._item(name) for name in some))
        return BulkResult(sum(item.status == 200 for item in items), items)

    async def _ids(self) -> Sequence[str]:
        if self.asked.filter is None:
            return list(dict.fromkeys(self.asked.ids or ()))
        query = narrowed(self.asked.filter.query(), self.caller)
        page = await self.store.incidents(replace(query, limit=MOST + 1)) if query else None
        found = [each.id for each in page.items] if page else []
        if len(found) != self.asked.confirm:
            told = f"more than {MOST}" if len(found) > MOST else str(len(found))
            raise ProblemError(
                409, f"the filter finds {told} incidents, and {self.asked.confirm} were confirmed"
            )
        return found

    async def _item(self, incident_id: str) -> BulkItem:
        try:
            changed = await self._change(incident_id)
        except ProblemError as error:
            return BulkItem(incident_id, error.status, error.detail)
        except (TransitionError, ConflictError) as error:
            return BulkItem(incident_id, 409, str(error))
        except MonitorError as error:
            return BulkItem(incident_id, 503, str(error))
        return BulkItem(incident_id, 200, version=changed.version)

    async def _change(self, incident_id: str) -> Incident:
        before = await self.store.get_incident(incident_id)
        if before is None or not self.caller.sees(before.tenant):
            raise not_found("incident", incident_id)
        by = Signature(self.caller.signs(self.asked.by), self.at, self.asked.note)
        version = self.asked.versions.get(incident_id)
        if version not in {None, before.version}:
            raise stale(etag(before), "incident", incident_id)
        if self.asked.status or self.asked.owner or self.asked.note:
            before = await change_incident(
                self.store,
                incident_id,
                self._changed,
                by=by,
                if_match=None if version is None else etag(before),
            )
        return await self._labelled(before) if self.asked.verdict else before

    def _changed(self, incident: Incident) -> Incident:
        asked = self.asked
        return TRANSITIONS[asked.status](incident, at=self.at, owner=asked.owner, note=asked.note)

    async def _labelled(self, incident: Incident) -> Incident:
        assert self.asked.verdict is not None
        said = Judgement(
            verdict=self.asked.verdict,
            by=self.caller.signs(self.asked.by),
            at=self.at,
            reason=self.asked.reason,
        )
        if await give_label(self.store, incident.id, said) is None:
            raise not_found("incident", incident.id)
        return await self.store.get_incident(incident.id) or incident
