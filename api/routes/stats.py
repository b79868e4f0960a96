"""The pipeline in numbers."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Services
from api.schemas import Stats, Unresolved
from api.tally import tally
from monitor import version

router = APIRouter(prefix="/api/v1/stats", tags=["stats"])


@router.get("")
async def show_stats(services: Services) -> Stats:
    """Totals over all processes and restarts, what is waiting, and what is not resolved."""
    found = await tally(services.store)
    by_status, by_severity, by_detector = (found.by(place) for place in range(3))
    return Stats(
        at=services.clock(),
        counts=await services.store.counts(),
        backlog=await services.journal.backlog(),
        incidents=Unresolved(
            total=found.cells.total(),
            by_severity=by_severity,
            by_detector=by_detector,
            by_status=by_status,
            complete=found.complete,
        ),
        versions={"sidewatch": version(), "policy": services.settings.policy.version},
    )
