"""Who owns a shard, and the state saved for it."""

from __future__ import annotations

from collections.abc import Callable

from monitor.store.base import Lease, LeaseLostError


class MemoryShards:
    """Leases that end by the clock, and one checkpoint for each shard."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._lease_clock = clock
        self._leases: dict[int | str, tuple[Lease, float]] = {}
        self._checkpoints: dict[int | str, tuple[str, bytes]] = {}
        self._token = 0

    async def acquire(self, shard: int | str, owner: str, *, ttl: float) -> Lease | None:
        """Become or stay the owner; None while another is."""
        lease = self._holder(shard)
        if lease is None:
            self._token += 1
            lease = Lease(shard, owner, self._token)
        if lease.owner != owner:
            return None
        self._leases[shard] = (lease, self._lease_clock() + ttl)
        return lease

    async def release(self, lease: Lease) -> None:
        """Give the shard up, if it is still held under this lease."""
        if self._holder(lease.shard) == lease:
            del self._leases[lease.shard]

    async def save_checkpoint(self, lease: Lease, *, position: str, state: bytes) -> None:
        """Keep position and state while the lease holds."""
        if self._holder(lease.shard) != lease:
            raise LeaseLostError(f"shard {lease.shard} is no longer owned by {lease.owner}")
        self._checkpoints[lease.shard] = (position, state)

    async def load_checkpoint(self, shard: int | str) -> tuple[str, bytes] | None:
        """Position and state as last saved."""
        return self._checkpoints.get(shard)

    def _holder(self, shard: int | str) -> Lease | None:
        lease, until = self._leases.get(shard, (None, 0.0))
        return lease if until > self._lease_clock() else None
