"""Scoring on demand, so that many callers at once neither starve the API nor fill its memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from api.problems import ProblemError
from monitor.exchange.model import Exchange

Scorer = Callable[[list[Exchange]], list[dict[str, Any]]]
"""One answer for each exchange, in the form of `sidewatch score`. Called in a thread."""

_WAITING = 16


class ScoreDesk:
    """One batch is scored at a time, in a thread; a few wait, more are sent away with 429."""

    def __init__(self, scorer: Scorer, *, waiting: int = _WAITING) -> None:
        self._scorer = scorer
        self._room = waiting + 1
        self._turn = asyncio.Lock()

    async def score(self, exchanges: list[Exchange]) -> list[dict[str, Any]]:
        """Answers of the scorer.

        Raises
        ------
        ProblemError
            Too many are waiting.
        """
        if self._room == 0:
            raise ProblemError(
                429, "too many requests are waiting to be scored", headers={"Retry-After": "1"}
            )
        self._room -= 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._scorer, exchanges)
        finally:
            self._room += 1
