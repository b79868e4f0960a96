"""What all connections of one gateway share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.gateway.recording.tap import Tap
from monitor.gateway.request import RequestReader
from monitor.metrics.gateway import GatewayMetrics
from monitor.settings import GatewaySettings

if TYPE_CHECKING:
    from monitor.gateway.client import ClientConnection


@dataclass(slots=True)
class Shared:
    """The parts a connection needs, and the connections that are open.

    `active` counts the requests under way, `tunnels` the connections that changed to another
    protocol. Once `draining` is set, no connection is kept alive. `replica_field` is the field, in
    lower case, in which an upstream names itself; empty: none does.
    """

    settings: GatewaySettings
    reader: RequestReader
    tap: Tap
    metrics: GatewayMetrics
    clients: set[ClientConnection] = field(default_factory=set)
    active: int = 0
    tunnels: int = 0
    draining: bool = False
    replica_field: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.replica_field = self.settings.upstream_header.lower().encode()
