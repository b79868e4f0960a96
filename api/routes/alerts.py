"""Alerts: what was delivered and what could not be; and those of an Alertmanager, as markers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Services
from api.guard.callers import Calling
from api.problems import not_found
from api.schemas.alert_examples import ALERTS, ASKED, DEAD_LETTERS, TAKEN
from api.schemas.alerting import (
    AlertFilter,
    AlertmanagerNotification,
    Alerts,
    Asked,
    DeadLetters,
    Taken,
)
from api.schemas.common import Id
from api.schemas.examples import example, problem_responses
from monitor.alerts.letters import send_again, throw_away
from monitor.alerts.received import marker_of
from monitor.alerts.standing import standings

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


@router.get("", responses=example(ALERTS))
async def list_alerts(asked: Annotated[AlertFilter, Query()], services: Services) -> Alerts:
    """How the channels do, and the latest tries to deliver a message, of which 1,000 are kept."""
    return Alerts(
        await standings(services.store, services.settings.alerts),
        await services.store.deliveries(limit=asked.limit),
    )


@router.get("/dead", responses=example(DEAD_LETTERS))
async def list_dead_letters(
    asked: Annotated[AlertFilter, Query()], services: Services
) -> DeadLetters:
    """Messages that were given up, the latest first; 1,000 are kept."""
    return DeadLetters(await services.store.dead_letters(limit=asked.limit))


@router.post(
    "/dead/{letter_id}/retry",
    status_code=202,
    responses={**example(ASKED, 202), **problem_responses(404)},
)
async def retry_dead_letter(letter_id: Id, services: Services, caller: Calling) -> Asked:
    """Have a message that was given up sent again, once its channel is free."""
    if not await send_again(services.store, letter_id, by=caller.signs(), at=services.clock()):
        raise not_found("dead letter", letter_id)
    return Asked(letter_id)


@router.delete("/dead/{letter_id}", status_code=204, responses=problem_responses(404))
async def drop_dead_letter(letter_id: Id, services: Services, caller: Calling) -> None:
    """Remove a message that was given up."""
    if not await throw_away(services.store, letter_id, by=caller.signs(), at=services.clock()):
        raise not_found("dead letter", letter_id)


@router.post("/alertmanager", responses={**example(TAKEN), **problem_responses(413)})
async def receive_alerts(
    sent: AlertmanagerNotification, services: Services, caller: Calling
) -> Taken:
    """Take the alerts of an Alertmanager, as its webhook sends them, as markers.

    The debug bundle of an incident that begins within six hours names them. An alert that is sent
    again is the same marker; Sidewatch's own alerts are left out.
    """
    now = services.clock()
    markers = [marker_of(alert.received(), by=caller.signs(), at=now) for alert in sent.alerts]
    for marker in markers:
        if marker is not None:
            await services.store.put_marker(marker)
    ignored = markers.count(None)
    return Taken(len(markers) - ignored, ignored)
