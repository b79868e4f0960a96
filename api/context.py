"""What the routes work with, and how they get it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from api.building import BuildDesk
from api.events.streams import StreamDesk
from api.scoring.desk import ScoreDesk
from api.scoring.embedding import Embedder
from api.scoring.explaining import ExplainDesk
from monitor.journal.base import Journal
from monitor.metrics.api import ApiMetrics
from monitor.settings import Settings
from monitor.store.base import Store


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that outlives a request. `clock` gives seconds since the epoch.

    Without `reasons` nothing is explained.
    """

    store: Store
    journal: Journal
    settings: Settings
    desk: ScoreDesk
    metrics: ApiMetrics
    builds: BuildDesk
    clock: Callable[[], float] = time.time
    embedder: Embedder = field(default_factory=Embedder)
    streams: StreamDesk = field(default_factory=StreamDesk)
    reasons: ExplainDesk | None = None


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Services = Annotated[Context, Depends(_context)]
