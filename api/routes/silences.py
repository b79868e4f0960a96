"""Silences: for how long which incidents raise no alert."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Services
from api.guard.callers import Calling
from api.problems import FieldError, ProblemError, not_found
from api.schemas.common import Id
from api.schemas.examples import SILENCE, example, problem_responses
from api.schemas.happenings import SilenceAsked, SilenceFilter, Silences
from monitor.exchange.ident import ulid
from monitor.incidents.events import Signature
from monitor.silences.silence import Silence
from monitor.silences.silencing import MOST, SilenceError, begin_silence, end_silence

router = APIRouter(prefix="/api/v1/silences", tags=["silences"])


@router.get("", responses=example({"items": [SILENCE]}))
async def list_silences(asked: Annotated[SilenceFilter, Query()], services: Services) -> Silences:
    """Silences in force, the last to end first; with `ended`, also those of the last 30 days."""
    after = 0.0 if asked.ended else services.clock()
    return Silences(await services.store.silences(ending_after=after, limit=10 * MOST))


@router.post("", status_code=201, responses={**example(SILENCE, 201), **problem_responses(413)})
async def create_silence(asked: SilenceAsked, services: Services, caller: Calling) -> Silence:
    """Let incidents raise no alert for a while. They are recorded and shown, as silenced."""
    now = services.clock()
    silence = asked.silence(ulid(now), by=caller.signs(asked.by), at=now)
    try:
        return await begin_silence(services.store, silence)
    except SilenceError as error:
        wrong = FieldError("body", str(error))
        raise ProblemError(422, "there cannot be such a silence", errors=[wrong]) from error


@router.delete("/{silence_id}", responses={**example(SILENCE), **problem_responses(404)})
async def expire_silence(silence_id: Id, services: Services, caller: Calling) -> Silence:
    """End a silence now; what it was is kept for 30 days."""
    signature = Signature(caller.signs(), services.clock())
    ended = await end_silence(services.store, silence_id, signature)
    if ended is None:
        raise not_found("silence", silence_id)
    return ended
