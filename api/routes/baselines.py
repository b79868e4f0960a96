"""Baselines: the reference distributions that drift and anomaly are judged against."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.context import Context, Services
from api.guard.callers import Caller, Calling
from api.problems import ProblemError, not_found
from api.schemas.common import Acceptance, Baselines, Id, Promotion, Undoing
from api.schemas.examples import BASELINE, COMPARISON, INCIDENT, example, problem_responses
from api.tags import IfMatch, check_tag, digest_tag
from detectors.baseline import Baseline
from detectors.comparison.compare import compare
from detectors.comparison.result import Comparison
from detectors.errors import DetectorError
from monitor.baselines import promoting
from monitor.baselines.accepting import Accepted, NotAcceptableError, accept
from monitor.baselines.keeping import BaselineNotFoundError, fetch, resolve, unversioned
from monitor.baselines.naming import BaselineNameError
from monitor.baselines.promoting import Change
from monitor.baselines.stored import NoTextsError
from monitor.store.base import BaselineRecord

router = APIRouter(prefix="/api/v1/baselines", tags=["baselines"])

_EVERY_MODEL = Promotion()
_FILE = "application/octet-stream"
_ONE = {**example(BASELINE), **problem_responses(404)}
_CHANGED = {**example(BASELINE), **problem_responses(404, 409, 412, 413)}


@router.get("", responses=example({"items": [BASELINE]}))
async def list_baselines(services: Services) -> Baselines:
    """List stored baselines, newest first; `used_by` says whose traffic is judged by each."""
    return Baselines(await services.store.baselines())


@router.post("/undo", responses=_CHANGED)
async def undo_promotion(
    asked: Undoing, services: Services, caller: Calling
) -> BaselineRecord | None:
    """Go back to the baseline that counted before the last promotion; which that is.

    Null where a route or tenant had none of its own before: it is then watched as part of the whole.
    """
    async with _told(str(asked.traffic)):
        return await promoting.undo(
            services.store, traffic=asked.traffic, change=_change(services, asked, caller)
        )


@router.post(
    "/accept",
    responses={
        **example({"baseline": BASELINE, "incident": {**INCIDENT, "status": "resolved"}}),
        **problem_responses(404, 409, 413, 429),
    },
)
async def accept_incident(asked: Acceptance, services: Services, caller: Calling) -> Accepted:
    """Take the traffic since a drift incident's change as the new normal.

    A baseline is built from what is stored of it, which takes some seconds, and promoted; the
    incident is resolved.
    """
    if await services.store.get_incident(asked.incident) is None:
        raise not_found("incident", asked.incident)
    async with _told(asked.name):
        return await accept(
            services.store,
            asked.incident,
            build=services.builds.build,
            change=_change(services, asked, caller),
            name=asked.name,
        )


@router.get("/{name}", responses=_ONE)
async def show_baseline(name: Id, services: Services, response: Response) -> BaselineRecord:
    """What is known of one baseline; a name without a version means its latest.

    Its `ETag` goes into `If-Match` of a change; it is another once other traffic is judged by it.
    """
    async with _told(name):
        record = await resolve(services.store, name)
    response.headers["ETag"] = digest_tag(record)
    return record


@router.get("/{name}/diff", responses={**example(COMPARISON), **problem_responses(404, 409)})
async def compare_baselines(
    name: Id, against: Annotated[str, Query(min_length=1, max_length=200)], services: Services
) -> Comparison:
    """What moved from baseline `name` to `against`, each distance beside what chance gives."""
    first, second = await _read(services, name), await _read(services, against)
    try:
        return await asyncio.to_thread(compare, first, second)
    except DetectorError as error:
        raise ProblemError(409, str(error)) from error


@router.get(
    "/{name}/export",
    response_class=Response,
    responses={
        200: {"content": {_FILE: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_responses(404, 409),
    },
)
async def export_baseline(name: Id, services: Services) -> Response:
    """The baseline as a file, for `sidewatch baseline import` or `--baseline` elsewhere."""
    baseline = await _read(services, name)
    data = await asyncio.to_thread(unversioned(baseline).to_bytes)
    told = f'attachment; filename="{baseline.name}.baseline"'
    return Response(data, media_type=_FILE, headers={"Content-Disposition": told})


@router.post("/{name}/promote", responses=_CHANGED)
async def promote_baseline(
    name: Id,
    services: Services,
    caller: Calling,
    asked: Promotion = _EVERY_MODEL,
    if_match: IfMatch = None,
) -> BaselineRecord:
    """Make it the active one of a model, of every model without its own, or of a route or tenant.

    Workers take it up within seconds; what is open of drift against the one before is resolved.
    """
    async with _told(name):
        await _check(services, name, if_match)
        return await promoting.promote(
            services.store, name, traffic=asked.traffic, change=_change(services, asked, caller)
        )


@router.delete("/{name}", responses=_CHANGED)
async def delete_baseline(
    name: Id, services: Services, caller: Calling, if_match: IfMatch = None
) -> BaselineRecord:
    """Remove one version that is not in use; what it was."""
    async with _told(name):
        await _check(services, name, if_match)
        return await promoting.delete(
            services.store, name, change=Change(by=caller.signs(), at=services.clock())
        )


async def _check(services: Context, name: str, if_match: str | None) -> None:
    if if_match is not None:
        record = await resolve(services.store, name)
        check_tag(if_match, digest_tag(record), "baseline", name)


async def _read(services: Context, name: str) -> Baseline:
    async with _told(name):
        return (await fetch(services.store, name))[1]


def _change(services: Context, asked: Promotion | Undoing | Acceptance, caller: Caller) -> Change:
    return Change(by=caller.signs(asked.by), at=services.clock(), note=asked.note)


@asynccontextmanager
async def _told(name: str) -> AsyncIterator[None]:
    """Tell what goes wrong about a baseline as a problem of the request."""
    try:
        yield
    except BaselineNotFoundError as error:
        raise not_found("baseline", name) from error
    except BaselineNameError as error:
        raise ProblemError(422, str(error)) from error
    except (NotAcceptableError, NoTextsError, DetectorError) as error:
        raise ProblemError(409, str(error)) from error
