"""Scoring on demand."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request

from api.context import Services
from api.examples import SCORE_BODY, problem_responses
from api.problems import FieldError, ProblemError
from api.schemas import ExchangeScore
from monitor.exchange import jsonl
from monitor.exchange.model import Exchange

router = APIRouter(prefix="/api/v1/score", tags=["score"])

MAX_EXCHANGES = 100

_PLACE = re.compile(r"`\$\.?([^`]+)`")
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


async def _read(request: Request) -> list[Exchange]:
    """One exchange or a list of them. Read from the bytes, as a line of a file is."""
    body = (await request.body()).strip()
    many = body.startswith(b"[")
    records = [bytes(raw) for raw in _split(body)] if many else [body]
    if not 1 <= len(records) <= MAX_EXCHANGES:
        raise _invalid("body", f"give 1 to {MAX_EXCHANGES} exchanges; there are {len(records)}")
    return [_parse(record, index, many=many) for index, record in enumerate(records)]


@router.post(
    "",
    response_model=ExchangeScore | list[ExchangeScore],
    openapi_extra={"requestBody": SCORE_BODY},
    responses=problem_responses(413, 429, 503),
)
async def score(
    request: Request,
    exchanges: Annotated[list[Exchange], Depends(_read)],
    services: Services,
    wait: Annotated[float | None, Query(gt=0, le=60)] = None,
) -> Any:
    """Score one exchange, or a list of at most 100, in the documented form or the short form.

    A list is answered with a list in the same order. Nothing of it is stored. Callers who come
    together are scored together. Who cannot be scored within `wait` seconds, by default those
    of the settings, is answered with 503; too many at once with 429; both say when to come again.
    """
    answers = await services.desk.score(exchanges, patience=wait)
    return answers if (await request.body()).lstrip().startswith(b"[") else answers[0]


def _split(body: bytes) -> list[msgspec.Raw]:
    try:
        return _raws(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid("body", f"not valid JSON: {error}") from error


def _parse(record: bytes, index: int, *, many: bool) -> Exchange:
    try:
        return jsonl.parse(record, index=index)
    except jsonl.ExchangeFormatError as error:
        place = _PLACE.search(str(error))
        parts = ([str(index)] if many else []) + ([place.group(1)] if place else [])
        raise _invalid(".".join(parts) or "body", str(error)) from error


def _invalid(field: str, message: str) -> ProblemError:
    return ProblemError(
        422, f"the request is not valid: {field}", errors=[FieldError(field, message)]
    )
