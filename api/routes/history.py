"""What happened to an incident, and what people wrote on it."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from api.changes import change_incident, etag
from api.context import Services
from api.guard.callers import Calling
from api.problems import not_found
from api.schemas.common import Id
from api.schemas.examples import MOMENT, NOTE, example, problem_responses
from api.schemas.happenings import IncidentNotes, NoteGiven, Timeline
from api.tags import IfMatch
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, assign
from monitor.incidents.timeline import Note, read_notes, read_timeline
from monitor.store.base import Store

router = APIRouter(prefix="/api/v1/incidents/{incident_id}", tags=["incidents"])


@router.get("/timeline", responses={**example({"items": [MOMENT]}), **problem_responses(404)})
async def show_timeline(incident_id: Id, services: Services, caller: Calling) -> Timeline:
    """What happened, oldest first: detections, changes, notes, and what was done to the service."""
    incident = await _find(services.store, incident_id)
    bundle = await services.store.get_bundle(incident_id)
    moments = await read_timeline(services.store, incident, bundle, tenant=caller.tenant)
    return Timeline(moments)


@router.get("/notes", responses={**example({"items": [NOTE]}), **problem_responses(404)})
async def list_notes(incident_id: Id, services: Services) -> IncidentNotes:
    """What people wrote on it, and why Sidewatch changed it, oldest first."""
    await _find(services.store, incident_id)
    return IncidentNotes(await read_notes(services.store, incident_id))


@router.post(
    "/notes",
    status_code=201,
    responses={**example(NOTE, 201), **problem_responses(404, 409, 412, 413)},
)
async def add_note(
    incident_id: Id,
    asked: NoteGiven,
    services: Services,
    caller: Calling,
    *,
    response: Response,
    if_match: IfMatch = None,
) -> Note:
    """Write down what was found or done. Notes before stay; the latest is the incident's `note`.

    `If-Match` and `ETag` are of the incident.
    """
    signature = Signature(caller.signs(asked.by), services.clock(), asked.text)
    noted = partial(assign, at=signature.at, note=asked.text)
    incident = await change_incident(
        services.store, incident_id, noted, by=signature, if_match=if_match
    )
    response.headers["ETag"] = etag(incident)
    return Note(at=signature.at, by=signature.by, text=asked.text, kind="noted")


async def _find(store: Store, incident_id: str) -> Incident:
    incident = await store.get_incident(incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    return incident
