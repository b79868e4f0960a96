"""Bytes both ways, unread, once client and upstream have agreed on another protocol."""

from __future__ import annotations

import time

from monitor.gateway.peers import Client
from monitor.gateway.shared import Shared
from monitor.gateway.upstreams.connection import UpstreamConnection


class Tunnel:
    """Joins the two connections of a WebSocket, or of whatever else was agreed on.

    Nothing in it is understood: the exchange it began as is counted as unparsed.
    """

    __slots__ = ("_client", "_connection", "_last_byte", "_shared")

    uploading = True

    def __init__(
        self, shared: Shared, client: Client, connection: UpstreamConnection, now: float
    ) -> None:
        self._shared = shared
        self._client = client
        self._connection = connection
        self._last_byte = now
        connection.holder = self
        shared.tunnels += 1

    def send(self, data: bytes) -> bytes:
        """From the client; nothing is left of it."""
        self._last_byte = time.monotonic()
        self._shared.metrics.bytes_in.inc(len(data))
        self._connection.transport.write(data)
        return b""

    def response_bytes(self, data: bytes) -> None:
        """From the upstream."""
        self._last_byte = time.monotonic()
        self._shared.metrics.bytes_out.inc(len(data))
        self._client.write(data)

    def upstream_full(self) -> None:
        """The upstream does not take more for now."""
        self._client.hold()

    def upstream_ready(self) -> None:
        """The upstream takes bytes again."""
        self._client.release()

    def client_full(self) -> None:
        """The client does not take more for now."""
        self._connection.transport.pause_reading()

    def client_ready(self) -> None:
        """The client takes bytes again."""
        self._connection.transport.resume_reading()

    def upstream_lost(self) -> None:
        """The upstream has closed: so do we."""
        self._shared.tunnels -= 1
        self._client.answered(closing=True)

    def client_lost(self) -> None:
        """The client has left."""
        if self._connection.holder is self:
            self._connection.holder = None
            self._connection.leave()
            self._shared.tunnels -= 1

    def check(self, now: float) -> None:
        """End a tunnel in which nothing has moved for `read_timeout` seconds."""
        if now - self._last_byte > self._shared.settings.read_timeout:
            self.client_lost()
            self._client.answered(closing=True)
