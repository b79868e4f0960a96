"""Kept-alive connections to the upstream, the latest used first."""

from __future__ import annotations

import asyncio
import ssl

from monitor.gateway.upstreams.connection import UpstreamConnection
from monitor.gateway.upstreams.target import Target

# Common servers close after five idle seconds: uvicorn, llama.cpp, node. Giving up a connection
# sooner keeps a request from meeting one that is just being closed.
IDLE_SECONDS = 4.0
MAX_IDLE = 512


class Pool:
    """Connections to one upstream. Those in use are not bounded: the clients' number bounds them."""

    def __init__(self, target: Target, *, connect_timeout: float) -> None:
        self._target = target
        self._connect_timeout = connect_timeout
        self._idle: list[UpstreamConnection] = []

    def take(self, now: float) -> UpstreamConnection | None:
        """An open connection, if one waits."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.transport.close()
        return None

    async def connect(self) -> UpstreamConnection:
        """A new connection.

        Raises
        ------
        TimeoutError
            The upstream did not accept in time.
        OSError
            It refused, its name is unknown, or its certificate is not to be trusted.
        """
        target = self._target
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_timeout):
            _, connection = await loop.create_connection(
                UpstreamConnection,
                target.host,
                target.port,
                ssl=target.tls,
                server_hostname=target.server_name,
            )
        return connection

    def give_back(self, connection: UpstreamConnection, now: float) -> None:
        """Keep a connection whose exchange is over and whose upstream keeps it alive."""
        connection.holder = None
        if not connection.usable or len(self._idle) >= MAX_IDLE:
            connection.transport.close()
            return
        connection.idle_since = now
        connection.reused = True
        self._idle.append(connection)

    def expire(self, now: float) -> None:
        """Close what has waited too long."""
        fresh = [c for c in self._idle if c.usable and now - c.idle_since < IDLE_SECONDS]
        for connection in set(self._idle).difference(fresh):
            connection.transport.close()
        self._idle = fresh

    def close(self) -> None:
        """Close every waiting connection."""
        for connection in self._idle:
            connection.transport.close()
        self._idle.clear()


def refusal(error: OSError) -> str:
    """Why no connection came about, in a sentence for whoever asked."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"The upstream's certificate is not to be trusted: {error.verify_message}."
        case ssl.SSLError():
            return "The upstream cannot be reached over TLS."
        case _:
            return "The upstream cannot be reached."
