"""Answers that are kept for who sends a request again."""

from __future__ import annotations

import msgspec

from monitor.replies import Reply
from monitor.store.redis.part import RedisPart, key

_decode = msgspec.msgpack.Decoder(Reply).decode


class RedisReplies(RedisPart):
    """A string that expires for each."""

    async def claim_reply(self, name: str, reply: Reply, *, ttl: float) -> Reply | None:
        """Keep a reply, unless there is one of this name: that one then."""
        record = msgspec.msgpack.encode(reply)
        there = await self._run("claim_reply", [_reply(name)], record, _milliseconds(ttl))
        return _decode(there) if there else None

    async def put_reply(self, name: str, reply: Reply, *, ttl: float) -> None:
        """Keep a reply; overwrites."""
        record = msgspec.msgpack.encode(reply)
        await self._link.call("SET", _reply(name), record, "PX", _milliseconds(ttl))

    async def delete_reply(self, name: str) -> None:
        """Forget a reply, if there is one."""
        await self._link.call("DEL", _reply(name))


def _reply(name: str) -> str:
    return key("reply", name)


def _milliseconds(ttl: float) -> int:
    return max(1, int(ttl * 1000))
