"""The address that several processes listen on together."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from monitor.gateway.errors import GatewayError
from monitor.settings import endpoint


@contextmanager
def held(listen: str) -> Iterator[tuple[str, int]]:
    """Host and port, kept for the processes of this user that bind them with SO_REUSEPORT.

    Port 0 becomes a free one. The sockets that keep it do not listen, so no connection ends here.

    Raises
    ------
    GatewayError
        Somebody else listens there, or it is no address of this machine.
    """
    host, port = endpoint(listen, where="gateway.listen")
    with ExitStack() as kept:
        try:
            for family, address in _addresses(host, port):
                _refuse_taken(family, (address[0], port, *address[2:]))
                holder = kept.enter_context(_socket(family))
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                holder.bind((address[0], port, *address[2:]))
                port = holder.getsockname()[1]
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise GatewayError(
                f"cannot listen on {listen}: {reason}. "
                "Stop what uses the port, or give another with --listen HOST:PORT."
            ) from error
        yield host, port


def _addresses(
    host: str, port: int
) -> list[tuple[socket.AddressFamily, tuple[str, int, *tuple[int, ...]]]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, *_, address in found))  # type: ignore[misc]


def _refuse_taken(family: socket.AddressFamily, address: tuple[object, ...]) -> None:
    """With SO_REUSEPORT we would share the port with another gateway, and not notice."""
    with _socket(family) as probe:
        probe.bind(address)


def _socket(family: socket.AddressFamily) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        with suppress(OSError):
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made
