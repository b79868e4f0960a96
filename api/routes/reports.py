"""The report of an incident, as a worker had it made: a page for a person, and JSON."""

from __future__ import annotations

import asyncio
import gzip
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.context import Context, Services
from api.problems import ProblemError, not_found
from api.schemas.answer_examples import REPORT
from api.schemas.common import Id
from api.schemas.examples import problem_responses
from monitor.reports.links import HTML, JSON

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""The page holds the scripts that draw it. In a sandbox they have no origin: they can read nothing
of this API, and can load nothing from anywhere."""

_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}
_JSON: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What moved, by how much.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": REPORT}},
    }
}


@router.get(
    "/{incident_id}/report",
    response_class=Response,
    responses={**_PAGE, **problem_responses(404)},
)
async def show_report(
    incident_id: Id, services: Services, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """The report of a drift incident as a page: the window beside the baseline, by Evidently.

    The page needs nothing else and reaches nowhere.
    """
    packed = await _part(services, incident_id, HTML)
    headers = {"content-security-policy": POLICY, "vary": "accept-encoding"}
    if _takes_gzip(accept_encoding):
        headers["content-encoding"] = "gzip"
        return Response(packed, media_type="text/html", headers=headers)
    page = await asyncio.to_thread(gzip.decompress, packed)
    return Response(page, media_type="text/html", headers=headers)


@router.get(
    "/{incident_id}/report.json",
    response_class=Response,
    responses={**_JSON, **problem_responses(404)},
)
async def show_report_json(incident_id: Id, services: Services) -> Response:
    """The same as JSON: every column, how far it moved, and its values on both sides."""
    data = await _part(services, incident_id, JSON)
    return Response(data, media_type="application/json")


async def _part(services: Context, incident_id: str, part: str) -> bytes:
    data = await services.store.get_report(incident_id, part)
    if data is not None:
        return data
    if await services.store.get_incident(incident_id) is None:
        raise not_found("incident", incident_id)
    bundle = await services.store.get_bundle(incident_id)
    link = bundle.report if bundle else None
    if link is None:
        raise ProblemError(404, "there is no report: only incidents of drift have one")
    told = link.note or _STATES.get(link.status, link.status)
    raise ProblemError(404, f"there is no report ({link.status}): {told}")


_STATES = {
    "waiting": "it is being made; ask again in a minute",
    "made": "it has expired, or made room for others",
}


def _takes_gzip(accepted: str) -> bool:
    """Whether a header names gzip and does not rule it out."""
    for each in accepted.lower().split(","):
        coding, _, parameters = each.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
