"""Scoring on demand: many callers share one scorer, and none waits for ever."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from api.problems import ProblemError
from api.scoring.standing import Standing
from monitor.exchange.model import Exchange
from monitor.metrics.scoring import ScoringMetrics

log = logging.getLogger(__name__)

Line = dict[str, Any]
Scorer = Callable[[list[Exchange]], list[Line]]
"""One answer for each exchange, in the form of `sidewatch score`. Called in a thread, never in two
at once."""

_TOGETHER = 16
"""Exchanges scored at once: enough to keep every core busy, few enough that nobody waits long."""


@dataclass(eq=False, slots=True)
class _Caller:
    """What one request wants scored, and how far that is."""

    exchanges: list[Exchange]
    answer: asyncio.Future[list[Line]]
    lines: list[Line] = field(default_factory=list)

    def next(self, most: int) -> list[Exchange]:
        """The exchanges whose turn is next."""
        return self.exchanges[len(self.lines) :][:most]

    def take(self, lines: list[Line]) -> None:
        """Take lines for the exchanges that were next; with the last of them it is answered."""
        self.lines += lines
        if len(self.lines) == len(self.exchanges) and not self.answer.done():
            self.answer.set_result(self.lines)


class ScoreDesk:
    """Whatever waits when the scorer is free is scored together, a few exchanges of each caller.

    So a caller with one exchange does not wait until another's hundred are done. At most `room`
    exchanges wait, and no caller longer than `patience` seconds: whoever leaves is not scored. A
    scorer that raises fails all who wait, and is left alone for some seconds.
    """

    def __init__(
        self,
        scorer: Scorer,
        metrics: ScoringMetrics,
        *,
        room: int = 256,
        patience: float = 10.0,
        standing: Standing | None = None,
    ) -> None:
        self._scorer = scorer
        self._metrics = metrics
        self._room = room
        self._patience = patience
        self._callers: deque[_Caller] = deque()
        self._turns: asyncio.Task[None] | None = None
        self.standing = standing or Standing()
        metrics.watch(up=lambda: not self.standing.trouble, waiting=lambda: self.waiting)

    @property
    def waiting(self) -> int:
        """Exchanges that callers wait for."""
        return sum(len(x.exchanges) - len(x.lines) for x in self._callers)

    async def score(
        self, exchanges: list[Exchange], *, patience: float | None = None
    ) -> list[Line]:
        """Answers of the scorer, in order.

        Raises
        ------
        ProblemError
            429: too many are waiting. 503: it was not this caller's turn in time, or the scorer
            fails. Either says when to come again.
        """
        if self.standing.resting:
            raise self._refused("failed", self.standing.resting)
        if self._callers and self.waiting + len(exchanges) > self._room:
            raise self._refused("full", 1.0)
        caller = _Caller(exchanges, asyncio.get_running_loop().create_future())
        self._callers.append(caller)
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns())
        try:
            async with asyncio.timeout(patience or self._patience):
                found = await caller.answer
        except TimeoutError as error:
            raise self._refused("late", 1.0) from error
        finally:
            if caller in self._callers:
                self._callers.remove(caller)
        self._metrics.callers.labels("scored").inc()
        return found

    async def _take_turns(self) -> None:
        while self._callers:
            await self._take_turn(list(self._next()))

    def _next(self) -> Iterator[tuple[_Caller, list[Exchange]]]:
        """Who is next, each with an equal share; whoever wants more goes to the end."""
        count = min(len(self._callers), _TOGETHER)
        for _ in range(count):
            caller = self._callers[0]
            self._callers.rotate(-1)
            yield caller, caller.next(_TOGETHER // count)

    async def _take_turn(self, batch: list[tuple[_Caller, list[Exchange]]]) -> None:
        wanted = [exchange for _, own in batch for exchange in own]
        self._metrics.batch.observe(len(wanted))
        try:
            with self.standing.busy():
                lines = await asyncio.to_thread(self._scorer, wanted)
            shared = list(_shared(lines, [len(own) for _, own in batch]))
        except Exception:
            log.exception("the scorer failed; those who wait for it are told so")
            self.standing.failed()
            self._fail_all()
            return
        self.standing.answered(lines)
        for (caller, _), own in zip(batch, shared, strict=True):
            caller.take(own)
            if caller.answer.done() and caller in self._callers:
                self._callers.remove(caller)

    def _fail_all(self) -> None:
        for caller in self._callers:
            if not caller.answer.done():
                caller.answer.set_exception(self._refused("failed", self.standing.resting))
        self._callers.clear()

    def _refused(self, outcome: str, seconds: float) -> ProblemError:
        self._metrics.callers.labels(outcome).inc()
        status, detail = _REFUSALS[outcome]
        return ProblemError(
            status, detail, headers={"Retry-After": str(max(1, math.ceil(seconds)))}
        )


def _shared(lines: list[Line], counts: list[int]) -> Iterator[list[Line]]:
    """Each caller's part of the lines."""
    if len(lines) != sum(counts):
        raise ValueError(f"the scorer gave {len(lines)} answers to {sum(counts)} exchanges")
    left = iter(lines)
    for count in counts:
        yield list(islice(left, count))


_REFUSALS = {
    "full": (429, "too many are waiting to be scored"),
    "late": (503, "this was not scored in time: others were, or the models are slow"),
    "failed": (503, "the safety models fail; the log of the API has the details"),
}
