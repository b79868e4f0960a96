"""Changes of many incidents at once."""

from __future__ import annotations

from fastapi import APIRouter

from api.bulk import Bulk, BulkChange, BulkResult
from api.context import Services
from api.guard.callers import Calling
from api.schemas.examples import BULK_RESULT, example, problem_responses

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])


@router.post("/bulk", responses={**example(BULK_RESULT), **problem_responses(409, 413)})
async def change_many(asked: BulkChange, services: Services, caller: Calling) -> BulkResult:
    """Acknowledge, resolve, open again, assign, annotate or label up to 500 incidents.

    Each is changed by itself, so some may be while others are not: `items` tells. A filter that
    finds another number of incidents than `confirm` says changes none (409).
    """
    return await Bulk(services.store, caller, asked, services.clock()).make()
