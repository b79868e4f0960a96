"""Markers: what was done to the service, so that findings can be read beside it."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Services
from api.guard.callers import Calling
from api.schemas.examples import MARKER, example, problem_responses
from api.schemas.happenings import MarkerFilter, MarkerGiven, Markers
from monitor.exchange.ident import ulid
from monitor.markers.marker import Marker
from monitor.markers.marking import mark

router = APIRouter(prefix="/api/v1/markers", tags=["markers"])


@router.get("", responses=example({"items": [MARKER]}))
async def list_markers(asked: Annotated[MarkerFilter, Query()], services: Services) -> Markers:
    """Markers of a time range, the latest first; the latest 2,000 are kept."""
    since = -math.inf if asked.since is None else asked.since
    until = math.inf if asked.until is None else asked.until
    return Markers(await services.store.markers(since=since, until=until, limit=asked.limit))


@router.post("", status_code=201, responses={**example(MARKER, 201), **problem_responses(413)})
async def put_marker(asked: MarkerGiven, services: Services, caller: Calling) -> Marker:
    """Say what was done: a deployment, a change of configuration, another model, or a note.

    The debug bundle of an incident that begins within six hours names it.
    """
    now = services.clock()
    at = now if asked.at is None else asked.at
    marker = Marker(
        id=ulid(at),
        at=at,
        kind=asked.kind,
        text=asked.text,
        by=caller.signs(asked.by),
        model=asked.model,
        tenant=asked.tenant,
        version=asked.version,
    )
    return await mark(services.store, marker, at=now)
