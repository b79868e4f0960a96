"""Changes of incidents as they happen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.context import Services
from api.events.streams import MEDIA_TYPE, EventStream
from api.events.telling import START, Telling, Wanted
from api.guard.callers import Calling
from api.problems import FieldError, ProblemError
from api.schemas.common import Name
from api.schemas.examples import EVENT, problem_responses
from monitor.incidents.events import EventIdError, EventKind, position

router = APIRouter(prefix="/api/v1/events", tags=["incidents"])


class EventFilter(BaseModel):
    """Which events; `after` is the id of the last one seen, "0-0" for all that are kept."""

    after: Annotated[str, Field(max_length=40)] = ""
    kind: Annotated[list[EventKind], Field(default_factory=list, max_length=20)]
    incident: Annotated[list[Name], Field(default_factory=list, max_length=50)]
    seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None

    model_config = ConfigDict(extra="forbid", frozen=True)


@router.get(
    "",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EVENT}}},
        **problem_responses(429),
    },
)
async def follow_events(
    asked: Annotated[EventFilter, Query()],
    services: Services,
    caller: Calling,
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> EventStream:
    """Every change of an incident, with the incident as it then is, as a stream that does not end.

    It begins behind `Last-Event-ID`, which a browser sends by itself when it comes again, or behind
    `after`, or else now. About the latest 20,000 events are kept; an event `gap` says that some have
    gone meanwhile. A comment comes in every 15 seconds of silence. `seconds` ends it after a time.
    """
    after = last_event_id or asked.after
    try:
        position(after)
    except EventIdError as error:
        wrong = FieldError("Last-Event-ID" if last_event_id else "after", str(error))
        raise ProblemError(422, "the request is not valid: after", errors=[wrong]) from error
    wanted = Wanted(
        after or await services.store.latest_event() or START,
        frozenset(asked.kind),
        frozenset(asked.incident),
        asked.seconds,
    )
    telling = Telling(services.store, caller, wanted, services.clock)
    return EventStream(telling.parts(), services.streams)
