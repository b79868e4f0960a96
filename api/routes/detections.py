"""Detections, each by itself, for as long as they are kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Services
from api.cursors import check_cursor
from api.guard.callers import Calling
from api.schemas.detecting import DetectionFilter
from api.schemas.examples import DETECTION, example
from monitor.incidents.detections import DetectionPage

router = APIRouter(prefix="/api/v1/detections", tags=["incidents"])


@router.get("", responses=example({"items": [DETECTION], "cursor": ""}))
async def list_detections(
    asked: Annotated[DetectionFilter, Query()], services: Services, caller: Calling
) -> DetectionPage:
    """List what detectors found, the latest first; `incident_id` says which incident counts it.

    The latest are kept, as many as `store.detections_max` says, as long as exchanges are.
    """
    check_cursor(asked.cursor, asked.sort)
    query = asked.query(caller.tenant)
    return await services.store.detections(query) if query else DetectionPage([])
