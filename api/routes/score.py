"""Scoring on demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request

from api.context import Context, Services
from api.problems import FieldError, ProblemError
from api.schemas.answer_examples import SCORED
from api.schemas.common import ExchangeScore
from api.schemas.examples import SCORE_BODY, example, problem_responses
from detectors.observation import Side
from monitor.exchange import jsonl
from monitor.exchange.model import Exchange

router = APIRouter(prefix="/api/v1/score", tags=["score"])

MAX_EXCHANGES = 100
MAX_EXPLAINED = 4

_PLACE = re.compile(r"`\$\.?([^`]+)`")
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Asked(msgspec.Struct):
    """What a caller may ask for beside the scores."""

    explain: bool | None = None


_asked = msgspec.json.Decoder(_Asked).decode


async def _read(request: Request) -> list[tuple[Exchange, bool]]:
    """One exchange or a list of them, and which to explain; bytes are read as lines of a file are."""
    body = (await request.body()).strip()
    many = body.startswith(b"[")
    records = [bytes(raw) for raw in _split(body)] if many else [body]
    if not 1 <= len(records) <= MAX_EXCHANGES:
        raise _invalid("body", f"give 1 to {MAX_EXCHANGES} exchanges; there are {len(records)}")
    parsed = [_parse(record, index, many=many) for index, record in enumerate(records)]
    wanted = [_explained(record, index, many=many) for index, record in enumerate(records)]
    if sum(wanted) > MAX_EXPLAINED:
        raise _invalid("explain", f"at most {MAX_EXPLAINED} exchanges are explained at once")
    return list(zip(parsed, wanted, strict=True))


@router.post(
    "",
    response_model=ExchangeScore | list[ExchangeScore],
    openapi_extra={"requestBody": SCORE_BODY},
    responses={**example(SCORED), **problem_responses(413, 429, 503)},
)
async def score(
    request: Request,
    asked: Annotated[list[tuple[Exchange, bool]], Depends(_read)],
    services: Services,
    wait: Annotated[float | None, Query(ge=0.1, le=60)] = None,
) -> Any:
    """Score one exchange, or a list of at most 100, in the documented form or the short form.

    A list is answered with a list in the same order. Nothing of it is stored. Callers who come
    together are scored together. Who cannot be scored within `wait` seconds, by default those
    of the settings, is answered with 503; too many at once with 429; both say when to come again.

    An exchange with `"explain": true`, of which there may be four, gets `why` beside the scores of
    each side, some seconds later: the shares of its words in the built-in model's log-odds of one
    category, and the names of labelled examples that it is like.
    """
    answers = await services.desk.score([exchange for exchange, _ in asked], patience=wait)
    for answer, (exchange, wanted) in zip(answers, asked, strict=True):
        if wanted:
            _add(answer, await _reasons(services, exchange))
    return answers if (await request.body()).lstrip().startswith(b"[") else answers[0]


async def _reasons(services: Context, exchange: Exchange) -> Mapping[Side, dict[str, Any]]:
    if services.reasons is None:
        raise _invalid("explain", "there is no built-in model here that could be explained")
    return await services.reasons.explain(exchange)


def _add(answer: dict[str, Any], reasons: Mapping[Side, dict[str, Any]]) -> None:
    for side, why in reasons.items():
        if answer.get(side):
            answer[side]["why"] = why


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


def _explained(record: bytes, index: int, *, many: bool) -> bool:
    try:
        return bool(_asked(record).explain)
    except msgspec.ValidationError as error:
        place = f"{index}.explain" if many else "explain"
        raise _invalid(place, "true or false") from error


def _invalid(field: str, message: str) -> ProblemError:
    return ProblemError(
        422, f"the request is not valid: {field}", errors=[FieldError(field, message)]
    )
