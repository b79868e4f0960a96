"""Health, metrics and the reference: what operators and probes ask for."""

from __future__ import annotations

import asyncio
import dataclasses

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.context import Context, Services
from api.problems import ProblemError
from api.reference import POLICY, render
from api.schemas.answer_examples import HEALTH
from api.schemas.common import Health
from api.schemas.examples import example
from monitor.journal.base import JournalError
from monitor.silences.silencing import MOST
from monitor.store.base import StoreError

router = APIRouter(tags=["operations"])

_PATIENCE = 2.0
"""Seconds that a probe or a scrape waits for the store."""


@router.get("/healthz", responses=example(HEALTH))
async def healthz() -> Health:
    """The process works."""
    return Health()


@router.get("/readyz", responses=example(HEALTH))
async def readyz(services: Services) -> Health:
    """The store answers too, and nothing is known to be wrong with the safety models."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await services.store.ping()
    except (StoreError, TimeoutError) as error:
        raise ProblemError(503, "the store does not answer") from error
    if services.desk.standing.trouble:
        raise ProblemError(503, services.desk.standing.trouble)
    return Health()


@router.get("/metrics", response_class=Response)
async def metrics(services: Services) -> Response:
    """Metrics for Prometheus. Without the store, its part is of the last time it answered."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await _read_store(services)
        services.metrics.store_up.set(1)
    except (StoreError, JournalError, TimeoutError):
        services.metrics.store_up.set(0)
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """The OpenAPI document as a page, without a script and without another site."""
    return Response(
        render(request.app.openapi()),
        media_type="text/html",
        headers={"content-security-policy": POLICY},
    )


async def _read_store(services: Context) -> None:
    await services.store.ping()
    incidents = await services.store.count_incidents()
    services.metrics.show_incidents(incidents.items())
    silences = await services.store.silences(ending_after=services.clock(), limit=MOST)
    services.metrics.silences.set(len(silences))
    services.metrics.show_counts(await services.store.counts())
    backlog = await services.journal.backlog()
    for stream, entries in dataclasses.asdict(backlog).items():
        services.metrics.journal.labels(stream).set(entries)
