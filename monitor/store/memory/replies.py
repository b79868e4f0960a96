"""Answers that are kept for who sends a request again."""

from __future__ import annotations

from collections.abc import Callable

from monitor.replies import Reply


class MemoryReplies:
    """Replies by name, with the time until which they are kept."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._reply_clock = clock
        self._replies: dict[str, tuple[float, Reply]] = {}

    async def claim_reply(self, name: str, reply: Reply, *, ttl: float) -> Reply | None:
        """Keep a reply, unless there is one of this name: that one then."""
        now = self._reply_clock()
        self._replies = {name: kept for name, kept in self._replies.items() if kept[0] > now}
        if name in self._replies:
            return self._replies[name][1]
        await self.put_reply(name, reply, ttl=ttl)
        return None

    async def put_reply(self, name: str, reply: Reply, *, ttl: float) -> None:
        """Keep a reply; overwrites."""
        self._replies[name] = (self._reply_clock() + ttl, reply)

    async def delete_reply(self, name: str) -> None:
        """Forget a reply, if there is one."""
        self._replies.pop(name, None)
