"""What can go wrong between the gateway and its two peers, and whose fault it is."""

from __future__ import annotations

from monitor.errors import MonitorError


class GatewayError(MonitorError):
    """The gateway cannot start or go on: a busy port, a wrong upstream address."""


class ProtocolError(Exception):
    """A peer broke the rules of HTTP; nothing it sends afterwards can be trusted.

    `status` is the answer a client gets for it; from an upstream it is always 502.
    """

    def __init__(self, detail: str, *, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
