"""Baselines: the reference distributions that drift and anomaly are judged against."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Context, Services
from api.examples import problem_responses
from api.problems import not_found
from api.schemas import Baselines, Id, Promotion
from monitor.store.base import BaselineRecord

router = APIRouter(prefix="/api/v1/baselines", tags=["baselines"])

_EVERY_MODEL = Promotion()


@router.get("")
async def list_baselines(services: Services) -> Baselines:
    """List stored baselines, newest first."""
    return Baselines(await services.store.baselines())


@router.get("/{name}", responses=problem_responses(404))
async def show_baseline(name: Id, services: Services) -> BaselineRecord:
    """What is known of one baseline."""
    return await _find(services, name)


@router.post("/{name}/promote", responses=problem_responses(404, 409, 413))
async def promote_baseline(
    name: Id, services: Services, asked: Promotion = _EVERY_MODEL
) -> BaselineRecord:
    """Make it the active one, for one model or for every model without its own."""
    await _find(services, name)
    await services.store.promote_baseline(name, model=asked.model)
    return await _find(services, name)


async def _find(services: Context, name: str) -> BaselineRecord:
    for record in await services.store.baselines():
        if record.name == name:
            return record
    raise not_found("baseline", name)
