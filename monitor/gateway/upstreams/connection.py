"""One connection to the upstream: bytes go to whichever relay holds it."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

_CLOSE_SECONDS = 2.0


class Holder(Protocol):
    """Who holds a connection: the relay of one request."""

    def response_bytes(self, data: bytes) -> None:
        """The upstream sent something."""
        ...

    def upstream_lost(self) -> None:
        """The upstream closed its side, or the connection broke."""
        ...

    def upstream_full(self) -> None:
        """The upstream does not take more bytes for now."""
        ...

    def upstream_ready(self) -> None:
        """The upstream takes bytes again."""
        ...


class UpstreamConnection(asyncio.Protocol):
    """The protocol on an upstream's socket.

    `holder` is None while it waits in the pool, `reused` says that it has waited there. `address` is
    the HOST:PORT at the other end, of the replica where a name stands for several.
    """

    __slots__ = ("address", "full", "holder", "idle_since", "reused", "transport")

    def __init__(self) -> None:
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)
        self.address = ""
        self.holder: Holder | None = None
        self.idle_since = 0.0
        self.full = False
        self.reused = False

    @property
    def usable(self) -> bool:
        """Whether a request may still be sent on it."""
        return not self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""

    def data_received(self, data: bytes) -> None:
        """Bytes for the holder."""
        if self.holder is None:
            self.transport.abort()  # nobody asked: whatever it is, it belongs to no request
        else:
            self.holder.response_bytes(data)

    def eof_received(self) -> bool:
        """The upstream will send nothing more."""
        self._lost()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._lost()

    def pause_writing(self) -> None:
        """Too much of the request waits to be taken by the upstream."""
        self.full = True
        if self.holder is not None:
            self.holder.upstream_full()

    def resume_writing(self) -> None:
        """The upstream has caught up."""
        self.full = False
        if self.holder is not None:
            self.holder.upstream_ready()

    def leave(self) -> None:
        """Close; what the upstream has not taken soon it will not get."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_CLOSE_SECONDS, self.transport.abort)

    def _lost(self) -> None:
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.upstream_lost()
        if not self.transport.is_closing():
            self.transport.close()
