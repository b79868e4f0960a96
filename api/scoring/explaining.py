"""Explaining on demand, apart from scoring: it takes seconds, for which no score shall wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from api.problems import ProblemError
from api.scoring.scorer import LazyScorer
from detectors.observation import Side
from monitor.exchange.model import Exchange
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.pipeline.explained import Reasons

Explain = Callable[[Exchange], Mapping[Side, dict[str, Any]]]
"""Reasons by side. Called in a thread, never in two at once."""

_WAITING = 4


class ExplainDesk:
    """One exchange is explained at a time, in a thread; a few wait, more are sent away with 429."""

    def __init__(self, explain: Explain, *, waiting: int = _WAITING) -> None:
        self._explain = explain
        self._room = waiting + 1
        self._turn = asyncio.Lock()

    async def explain(self, exchange: Exchange) -> Mapping[Side, dict[str, Any]]:
        """Reasons by side.

        Raises
        ------
        ProblemError
            Too many are waiting.
        """
        if self._room == 0:
            raise ProblemError(
                429, "too many are waiting to be explained", headers={"Retry-After": "5"}
            )
        self._room -= 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._explain, exchange)
        finally:
            self._room += 1


class LazyExplainer:
    """Explains by the models of a scorer, which has scored the exchange before."""

    def __init__(self, scorer: LazyScorer, settings: Settings) -> None:
        self._scorer = scorer
        self._settings = settings
        self._reasons: Reasons | None = None

    def __call__(self, exchange: Exchange) -> Mapping[Side, dict[str, Any]]:
        """Reasons by side; some seconds each.

        Raises
        ------
        ProblemError
            The policy leaves out the built-in model, the only one that is explained.
        """
        from monitor.pipeline.explained import Reasons, UnexplainedError  # noqa: PLC0415 - loads the models

        stage = self._scorer.stage()
        if self._reasons is None:
            try:
                policy = self._settings.policy.safety
                self._reasons = Reasons(stage, policy, self._settings.explain)
            except UnexplainedError as error:
                raise ProblemError(422, str(error)) from error
        (x,) = stage.score([exchange])
        return self._reasons.of(exchange, x)
