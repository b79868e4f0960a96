"""Incidents: what was found, and what is being done about it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.changes import TRANSITIONS, change_incident, etag
from api.context import Context, Services
from api.cursors import check_cursor
from api.guard.callers import Calling
from api.guard.tenancy import bundle_shown, narrowed, similar_narrowed, similar_shown
from api.problems import FieldError, ProblemError, not_found
from api.schemas.answer_examples import BUNDLE, FOUND, SIMILAR
from api.schemas.common import (
    Id,
    IncidentChange,
    IncidentLabels,
    LabelGiven,
    SimilarViolations,
)
from api.schemas.examples import INCIDENT, LABEL, example, problem_responses
from api.schemas.filters import FoundIncidents, IncidentList, SimilarFilter
from api.tags import IfMatch, check_tag
from monitor.incidents.bundle import Bundle
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident
from monitor.incidents.links import with_links
from monitor.incidents.outcomes import with_outcomes
from monitor.incidents.searching import incidents_like
from monitor.incidents.similar import find_similar
from monitor.labels.giving import Judgement, NotOfIncidentError, give_label
from monitor.labels.label import IncidentLabel
from monitor.parcel.making import make_zip
from monitor.silences.silencing import with_silences
from monitor.store.base import IncidentQuery
from monitor.surroundings.shown import as_now

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])

SentTexts = Literal["redacted", "none"]
_ZIP = "application/zip"


@router.get("", responses=example(FOUND))
async def list_incidents(
    asked: Annotated[IncidentList, Query()], services: Services, caller: Calling
) -> FoundIncidents:
    """List incidents, the one last seen latest first unless `sort` says otherwise.

    Each filter may be given several times; an empty value finds those without one. `q` finds words,
    `like` texts of nearly the same meaning in incidents of safety and anomaly. `cursor` of the
    answer, sent back with the same filters and order, gives the next page; it is empty on the last.
    """
    check_cursor(asked.cursor, asked.sort)
    query = narrowed(asked.query(), caller)
    if query is None:
        return FoundIncidents([])
    query = replace(query, sort=asked.sort, limit=asked.limit, cursor=asked.cursor)
    if asked.like:
        return await _like(services, asked.like, query)
    page = await services.store.incidents(query)
    items = await with_silences(services.store, page.items, services.clock())
    return FoundIncidents(items, page.cursor)


@router.get("/{incident_id}", responses={**example(INCIDENT), **problem_responses(404)})
async def show_incident(incident_id: Id, services: Services, response: Response) -> Incident:
    """One incident; its `ETag` goes into `If-Match` of a change."""
    incident = await _find(services, incident_id)
    response.headers["ETag"] = etag(incident)
    (shown,) = await with_silences(services.store, [incident], services.clock())
    return shown


@router.patch(
    "/{incident_id}", responses={**example(INCIDENT), **problem_responses(404, 409, 412, 413)}
)
async def change(
    incident_id: Id,
    asked: IncidentChange,
    services: Services,
    caller: Calling,
    *,
    response: Response,
    if_match: IfMatch = None,
) -> Incident:
    """Acknowledge, resolve, open again, assign, annotate or link; `links` replace those before.

    With `If-Match` the change is refused (412) if somebody changed the incident in the meantime;
    without it, the change is made to the incident as it then is.
    """
    by = Signature(caller.signs(), services.clock(), asked.note)
    incident = await change_incident(
        services.store, incident_id, partial(_transition, asked, by.at), by=by, if_match=if_match
    )
    response.headers["ETag"] = etag(incident)
    return incident


@router.get("/{incident_id}/bundle", responses={**example(BUNDLE), **problem_responses(404)})
async def show_bundle(incident_id: Id, services: Services, caller: Calling) -> Bundle:
    """The debug bundle: contributing factors, scores, the exchange redacted, what to do."""
    await _find(services, incident_id)
    bundle = await services.store.get_bundle(incident_id)
    if bundle is None:
        raise not_found("bundle of incident", incident_id)
    told = await as_now(services.store, bundle, tenant=caller.tenant)
    return await bundle_shown(services.store, told, caller)


@router.get(
    "/{incident_id}/bundle.zip",
    response_class=Response,
    responses={
        200: {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_responses(404),
    },
)
async def show_zip(
    incident_id: Id, services: Services, caller: Calling, texts: SentTexts = "redacted"
) -> Response:
    """The bundle, exchanges, labels, timeline and report as one file, to send on.

    Texts are masked again, or left out; a manifest and `SHA256SUMS` say what belongs to it.
    """
    incident = await _find(services, incident_id)
    found = await show_bundle(incident_id, services, caller)
    at = services.clock()
    packed = await make_zip(
        services.store, incident, found, texts=texts, at=at, tenant=caller.tenant
    )
    told = f'attachment; filename="incident-{incident_id}.zip"'
    return Response(packed, media_type=_ZIP, headers={"Content-Disposition": told})


@router.get("/{incident_id}/similar", responses={**example(SIMILAR), **problem_responses(404)})
async def show_similar(
    incident_id: Id,
    services: Services,
    caller: Calling,
    asked: Annotated[SimilarFilter, Query()],
) -> SimilarViolations:
    """Other incidents like this one, earlier and later, as they are now: how each ended, what was done."""
    incident = await _find(services, incident_id)
    among = similar_narrowed(asked.among(), caller)
    if among is None:
        return SimilarViolations([])
    vector = await services.store.get_vector(incident_id)
    found = await find_similar(services.store, incident, vector, limit=asked.limit, among=among)
    shown = await similar_shown(services.store, found, caller)
    return SimilarViolations(await with_outcomes(services.store, shown))


@router.get(
    "/{incident_id}/labels",
    responses={**example({"items": [LABEL]}), **problem_responses(404)},
)
async def list_labels(incident_id: Id, services: Services) -> IncidentLabels:
    """Whether people say that the incident was right, oldest first."""
    await _find(services, incident_id)
    return IncidentLabels(await services.store.labels_of(incident_id))


@router.post(
    "/{incident_id}/labels",
    responses={**example(LABEL), **problem_responses(404, 409, 412, 413)},
)
async def label(
    incident_id: Id,
    asked: LabelGiven,
    services: Services,
    caller: Calling,
    *,
    response: Response,
    if_match: IfMatch = None,
) -> IncidentLabel:
    """Say whether the incident was right about one of its exchanges, and why.

    A later label on the same exchange replaces this one; the audit log keeps both. `If-Match` and
    `ETag` are of the incident.
    """
    if if_match is not None:
        check_tag(if_match, etag(await _find(services, incident_id)), "incident", incident_id)
    said = Judgement(
        verdict=asked.verdict,
        by=caller.signs(asked.by),
        at=services.clock(),
        reason=asked.reason,
        exchange_id=asked.exchange_id,
    )
    try:
        given = await give_label(services.store, incident_id, said)
    except NotOfIncidentError as error:
        wrong = FieldError("exchange_id", str(error))
        raise ProblemError(422, "the request is not valid: exchange_id", errors=[wrong]) from error
    if given is None:
        raise not_found("incident", incident_id)
    response.headers["ETag"] = etag(await _find(services, incident_id))
    return given


def _transition(asked: IncidentChange, at: float, incident: Incident) -> Incident:
    changed = TRANSITIONS[asked.status](incident, at=at, owner=asked.owner, note=asked.note)
    return changed if asked.links is None else with_links(changed, asked.links, at=at)


async def _find(services: Context, incident_id: str) -> Incident:
    incident = await services.store.get_incident(incident_id)
    if incident is None:
        raise not_found("incident", incident_id)
    return incident


async def _like(services: Context, text: str, query: IncidentQuery) -> FoundIncidents:
    vector = await services.embedder.embed(text)
    found = await incidents_like(services.store, vector, query) if vector else []
    similarity = {incident.id: cosine for incident, cosine in found}
    return FoundIncidents([incident for incident, _ in found], similarity=similarity)
