"""The one upstream: its address, and how TLS to it is verified."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.gateway.errors import GatewayError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go. `authority` is the Host field, `path` that of the URL."""

    host: str
    port: int
    authority: bytes
    path: bytes
    tls: ssl.SSLContext | None

    @property
    def base(self) -> bytes:
        """What is put before every path."""
        return self.path.rstrip(b"/")

    @property
    def server_name(self) -> str | None:
        """The name the certificate must carry, or None without TLS."""
        return self.host if self.tls else None


def parse_target(url: str) -> Target:
    """The upstream of a URL such as `http://127.0.0.1:8000` or `https://host/prefix`.

    Certificates are verified against the system's authorities; `SSL_CERT_FILE` names others.

    Raises
    ------
    GatewayError
        The URL is not http or https, names no host, or carries credentials or a query.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise GatewayError(f"the upstream {url!r} is not a URL: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise GatewayError(
            f"the upstream {url!r} is not an http or https URL, such as http://127.0.0.1:8000"
        )
    if parts.username or parts.query or parts.fragment:
        raise GatewayError("the upstream URL may hold no credentials, query or fragment")
    context = ssl.create_default_context() if parts.scheme == "https" else None
    if context is not None:
        context.set_alpn_protocols(["http/1.1"])
    return Target(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        authority=parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii"),
        path=parts.path.encode(),
        tls=context,
    )
