"""Which exchanges belong to one conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.surroundings.turns import KEPT, Turn


class MemoryTurns:
    """By conversation, the latest turns and when they are forgotten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._turn_clock = clock
        self._turns: dict[str, tuple[float, dict[str, float]]] = {}

    async def put_turns(self, turns: Sequence[Turn], *, ttl: float) -> None:
        """Keep turns for `ttl` seconds from the last of their conversation."""
        now = self._turn_clock()
        for turn in turns:
            times = self._of(turn.conversation) | {turn.exchange_id: turn.at}
            latest = sorted(times.items(), key=lambda pair: (pair[1], pair[0]))[-KEPT:]
            self._turns.pop(turn.conversation, None)
            self._turns[turn.conversation] = (now + ttl, dict(latest))
        while self._turns and next(iter(self._turns.values()))[0] <= now:
            del self._turns[next(iter(self._turns))]

    async def turns(
        self, conversation: str, *, at: float, before: int, after: int
    ) -> tuple[list[str], list[str]]:
        """Ids of the turns up to a time and of those behind it, the nearest on each side."""
        times = self._of(conversation).items()
        earlier = [exchange_id for exchange_id, seen in times if seen <= at]
        later = [exchange_id for exchange_id, seen in times if seen > at]
        return earlier[max(0, len(earlier) - before) :], later[:after]

    def _of(self, conversation: str) -> dict[str, float]:
        expires, times = self._turns.get(conversation, (0.0, {}))
        return times if expires > self._turn_clock() else {}
