"""Who owns a shard, and the state saved for it."""

from __future__ import annotations

from monitor.store.base import Lease, LeaseLostError
from monitor.store.redis.part import RedisPart, key


class RedisShards(RedisPart):
    """A lease is a key that expires; its value holds the fencing token.

    After M. Kleppmann, "How to do distributed locking" (2016): the token grows with every new
    owner, and a write under an older one is refused in the server, where no pause can come between
    the check and the write.
    """

    async def acquire(self, shard: int | str, owner: str, *, ttl: float) -> Lease | None:
        """Become or stay the owner; None while another is."""
        keys = [_lease(shard), key("lease-token")]
        token = await self._run("acquire", keys, owner, max(1, int(ttl * 1000)))
        return None if token is None else Lease(shard, owner, token)

    async def release(self, lease: Lease) -> None:
        """Give the shard up, if it is still held under this lease."""
        await self._run("release", [_lease(lease.shard)], _value(lease))

    async def save_checkpoint(self, lease: Lease, *, position: str, state: bytes) -> None:
        """Keep position and state while the lease holds."""
        keys = [_lease(lease.shard), _checkpoint(lease.shard)]
        if not await self._run("save_checkpoint", keys, _value(lease), position, state):
            raise LeaseLostError(f"shard {lease.shard} is no longer owned by {lease.owner}")

    async def load_checkpoint(self, shard: int | str) -> tuple[str, bytes] | None:
        """Position and state as last saved."""
        saved = await self._link.call("HMGET", _checkpoint(shard), "position", "state")
        position, state = saved
        return None if position is None else (position.decode(), state)


def _lease(shard: int | str) -> str:
    return key("lease", shard)


def _checkpoint(shard: int | str) -> str:
    return key("checkpoint", shard)


def _value(lease: Lease) -> str:
    return f"{lease.token}:{lease.owner}"
