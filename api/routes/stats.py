"""The pipeline in numbers."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Services
from api.schemas.answer_examples import STATS
from api.schemas.common import Stats, unresolved
from api.schemas.examples import example
from monitor import version

router = APIRouter(prefix="/api/v1/stats", tags=["stats"])


@router.get("", responses=example(STATS))
async def show_stats(services: Services) -> Stats:
    """Totals over all processes and restarts, what is waiting, and what is not resolved."""
    return Stats(
        at=services.clock(),
        counts=await services.store.counts(),
        backlog=await services.journal.backlog(),
        incidents=unresolved(await services.store.count_incidents()),
        versions={"sidewatch": version(), "policy": services.settings.policy.version},
    )
