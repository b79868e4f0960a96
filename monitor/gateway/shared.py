"""What all connections of one gateway share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.gateway.pool import Pool
from monitor.gateway.tap import Tap
from monitor.gateway.target import Target
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import GatewaySettings

if TYPE_CHECKING:
    from monitor.gateway.client import ClientConnection


@dataclass(slots=True)
class Shared:
    """The parts a connection needs, and the connections that are open.

    `active` counts the requests under way. Once `draining` is set, no connection is kept alive.
    """

    settings: GatewaySettings
    target: Target
    pool: Pool
    tap: Tap
    metrics: GatewayMetrics
    clients: set[ClientConnection] = field(default_factory=set)
    active: int = 0
    draining: bool = False
    tenant_header: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.tenant_header = self.settings.tenant_header.lower().encode()
