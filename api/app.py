"""The application: routes, guards and errors put together."""

from __future__ import annotations

import time
from collections.abc import Callable

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry

from api import problems
from api.building import BuildDesk
from api.context import Context
from api.events.streams import StreamDesk
from api.guard.admission import admit
from api.guard.auth import Guard, check_exposure
from api.guard.idempotency import Idempotent
from api.guard.limits import BodyLimit, SafeHeaders
from api.guard.strictness import refuse_unknown
from api.measure import Measure
from api.openapi import document
from api.routes import (
    access,
    alerts,
    baselines,
    bulk,
    contents,
    detections,
    events,
    exchanges,
    history,
    incidents,
    markers,
    operations,
    policy,
    reports,
    score,
    silences,
    stats,
)
from api.schemas.examples import problem_responses
from api.scoring.desk import ScoreDesk, Scorer
from api.scoring.explaining import Explain, ExplainDesk
from monitor import version
from monitor.journal.base import Journal
from monitor.metrics.api import ApiMetrics
from monitor.metrics.scoring import ScoringMetrics
from monitor.settings import Settings
from monitor.store.base import Store

_ROUTERS = (
    bulk,
    incidents,
    history,
    detections,
    events,
    reports,
    markers,
    silences,
    alerts,
    exchanges,
    baselines,
    policy,
    score,
    contents,
    access,
    stats,
    operations,
)
_DESCRIPTION = (
    "Incidents, exchanges, baselines and scores of Sidewatch. Times are in seconds since the "
    "epoch. Errors are problem documents (RFC 9457)."
)


def create_app(
    store: Store,
    journal: Journal,
    settings: Settings,
    scorer: Scorer,
    *,
    explain: Explain | None = None,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """The API over an open store and journal, which stay the caller's to close.

    Without `explain`, who asks why a score is what it is gets 422.

    Raises
    ------
    SettingsError
        Other machines could reach it and no key is set.
    """
    check_exposure(settings.api)
    metrics = ApiMetrics(CollectorRegistry())
    app = FastAPI(
        title="Sidewatch",
        version=version(),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses=problem_responses(401, 403, 422, 503),
    )
    desk = ScoreDesk(
        scorer,
        ScoringMetrics(metrics.registry),
        room=settings.api.score_waiting,
        patience=settings.api.score_timeout,
    )
    reasons = ExplainDesk(explain) if explain else None
    streams = StreamDesk(settings.api.event_streams)
    metrics.streams.set_function(lambda: streams.open)
    app.state.context = Context(
        store,
        journal,
        settings,
        desk,
        metrics,
        BuildDesk(settings.policy),
        clock,
        reasons=reasons,
        streams=streams,
    )
    problems.install(app)
    for module in _ROUTERS:
        app.include_router(module.router, dependencies=[Depends(admit), Depends(refuse_unknown)])
    _guard(app, app.state.context)
    routes = [route for module in _ROUTERS for route in module.router.routes]
    app.openapi = lambda: document(app, routes)  # type: ignore[method-assign]  # FastAPI's own hook
    return app


def _guard(app: FastAPI, context: Context) -> None:
    """The last one added is met first."""
    app.add_middleware(Idempotent, replies=context.store)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        Guard, settings=context.settings.api, keys=context.store, clock=context.clock
    )
    app.add_middleware(SafeHeaders)
    app.add_middleware(Measure, metrics=context.metrics)
