"""Which exchanges belong to one conversation."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.link import Argument
from monitor.store.redis.part import RedisPart, key
from monitor.surroundings.turns import KEPT, Turn

_OF = key("conversation", "")
_SLICE = 500


class RedisTurns(RedisPart):
    """For each conversation ids by time, which expire together."""

    async def put_turns(self, turns: Sequence[Turn], *, ttl: float) -> None:
        """Keep turns for `ttl` seconds from the last of their conversation."""
        milliseconds = max(1, int(ttl * 1000))
        for start in range(0, len(turns), _SLICE):
            some = turns[start : start + _SLICE]
            words: list[Argument] = []
            for turn in some:
                words += (turn.conversation, turn.at, turn.exchange_id)
            # One of the keys tells a Cluster where they are.
            first = f"{_OF}{some[0].conversation}"
            await self._run("put_turns", [first], _OF, milliseconds, KEPT, *words)

    async def turns(
        self, conversation: str, *, at: float, before: int, after: int
    ) -> tuple[list[str], list[str]]:
        """Ids of the turns up to a time and of those behind it, the nearest on each side."""
        of = f"{_OF}{conversation}"
        earlier = await self._link.call(
            "ZREVRANGEBYSCORE", of, at, "-inf", "LIMIT", 0, max(0, before)
        )
        later = await self._link.call(
            "ZRANGEBYSCORE", of, f"({at}", "+inf", "LIMIT", 0, max(0, after)
        )
        return [each.decode() for each in reversed(earlier)], [each.decode() for each in later]
