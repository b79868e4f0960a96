"""A store on Redis or Valkey, shared by any number of processes. `docs/store.md` lists its keys.

Needs the commands of Redis 6.2. What changes more than one key is one Lua script, so it happens
whole or not at all, also when the caller dies half-way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from monitor.link import Link
from monitor.store.base import StoreError
from monitor.store.redis.alerts import RedisAlerts
from monitor.store.redis.audit import RedisAudit
from monitor.store.redis.baselines import RedisBaselines
from monitor.store.redis.counts import RedisCounts
from monitor.store.redis.detections import RedisDetections
from monitor.store.redis.erasures import RedisErasures
from monitor.store.redis.events import RedisEvents
from monitor.store.redis.exchanges import RedisExchanges
from monitor.store.redis.incidents import RedisIncidents
from monitor.store.redis.keys import RedisKeys
from monitor.store.redis.labels import RedisLabels
from monitor.store.redis.markers import RedisMarkers
from monitor.store.redis.rates import RedisRates
from monitor.store.redis.replies import RedisReplies
from monitor.store.redis.reports import RedisReports
from monitor.store.redis.shards import RedisShards
from monitor.store.redis.silences import RedisSilences
from monitor.store.redis.turns import RedisTurns
from monitor.store.redis.vectors import RedisVectors

__all__ = ["RedisStore"]


class RedisStore(
    RedisExchanges,
    RedisIncidents,
    RedisDetections,
    RedisEvents,
    RedisLabels,
    RedisReports,
    RedisVectors,
    RedisBaselines,
    RedisAlerts,
    RedisAudit,
    RedisKeys,
    RedisMarkers,
    RedisSilences,
    RedisTurns,
    RedisReplies,
    RedisShards,
    RedisRates,
    RedisErasures,
    RedisCounts,
):
    """The records of each kind, over one connection.

    `url` is redis://, rediss:// or unix://. `timeout` bounds connecting and each answer, in
    seconds; a server that is away is a StoreError by then. `closing` is awaited by `close`, last.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 5.0,
        closing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        link = Link(url, error=StoreError, timeout=timeout, closing=closing)
        super().__init__(link)

    async def ping(self) -> None:
        """Raise StoreError unless the server answers."""
        await self._link.call("PING")

    async def close(self) -> None:
        """Disconnect; further calls fail."""
        await self._link.close()
