"""Exchanges as they are kept: redacted, with what every detector said of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.context import Services
from api.guard.callers import Calling
from api.guard.tenancy import exchanges_shown
from api.problems import not_found
from api.schemas.answer_examples import RECORD, RECORDS
from api.schemas.common import ExchangeFilter, Id
from api.schemas.examples import answers_with, problem_responses

router = APIRouter(prefix="/api/v1/exchanges", tags=["exchanges"])

_JSON = "application/json"


# The store holds the answer's very bytes, so they are passed on and not read and written again.
@router.get("", responses=answers_with("Exchanges", RECORDS))
async def list_exchanges(
    asked: Annotated[ExchangeFilter, Query()], services: Services, caller: Calling
) -> Response:
    """List stored exchanges of a time range, oldest first."""
    records = await exchanges_shown(
        services.store,
        caller,
        since=asked.since or 0.0,
        until=services.clock() if asked.until is None else asked.until,
        limit=asked.limit,
    )
    return Response(b'{"items":[' + b",".join(records) + b"]}", media_type=_JSON)


@router.get(
    "/{exchange_id}", responses=answers_with("ExchangeRecord", RECORD) | problem_responses(404)
)
async def show_exchange(exchange_id: Id, services: Services) -> Response:
    """One stored exchange."""
    record = await services.store.get_exchange(exchange_id)
    if record is None:
        raise not_found("exchange", exchange_id)
    return Response(record, media_type=_JSON)
