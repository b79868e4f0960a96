"""Which upstream a request goes to: the one whose path prefix is the longest that fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.gateway.errors import GatewayError
from monitor.gateway.upstreams.pool import Pool
from monitor.gateway.upstreams.target import Target, parse_target
from monitor.settings import GatewaySettings


@dataclass(frozen=True, slots=True, eq=False)
class Upstream:
    """A model server and the connections to it; `cut` bytes of a path are replaced by its own."""

    target: Target
    pool: Pool
    cut: int

    def path(self, target: bytes) -> bytes:
        """What to ask the upstream for, for a request's `target`."""
        return self.target.base + target[self.cut :] if target != b"*" else target


class Routes:
    """The upstreams of one gateway, by path prefix; `/` is where everything else goes.

    A prefix ends at a path segment: `/a` is for `/a` and `/a/b`, not for `/ab`. As in nginx, a path
    in the upstream's URL, and be it `/`, takes the place of the prefix; else the path goes on whole.
    """

    def __init__(self, prefixes: Iterable[tuple[str, str]], *, connect_timeout: float) -> None:
        self._upstreams: list[tuple[bytes, Upstream]] = []
        for prefix, url in prefixes:
            target, path = parse_target(url), _checked(prefix)
            pool = Pool(target, connect_timeout=connect_timeout)
            upstream = Upstream(target, pool, cut=len(path) if target.path else 0)
            self._upstreams.append((path, upstream))
        self._upstreams.sort(key=lambda each: len(each[0]), reverse=True)

    def find(self, path: bytes) -> Upstream:
        """The upstream for a path."""
        for prefix, upstream in self._upstreams:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in b"/":
                return upstream
        return self._upstreams[-1][1]

    def expire(self, now: float) -> None:
        """Close connections that have waited too long."""
        for _, upstream in self._upstreams:
            upstream.pool.expire(now)

    def close(self) -> None:
        """Close every waiting connection."""
        for _, upstream in self._upstreams:
            upstream.pool.close()


def routes_of(settings: GatewaySettings) -> Routes:
    """The routes that the settings give.

    Raises
    ------
    GatewayError
        An upstream's URL or a prefix is wrong.
    """
    prefixes = [("", settings.upstream), *settings.routes.items()]
    return Routes(prefixes, connect_timeout=settings.connect_timeout)


def check_routes(settings: GatewaySettings) -> None:
    """Find what is wrong with the routes, without an upstream yet if none is given.

    Raises
    ------
    GatewayError
        An upstream's URL or a prefix is wrong.
    """
    for prefix, url in [("", settings.upstream), *settings.routes.items()]:
        _checked(prefix)
        if prefix or url:
            parse_target(url)


def _checked(prefix: str) -> bytes:
    if prefix and (not prefix.startswith("/") or not prefix.isascii() or "?" in prefix):
        raise GatewayError(f"the route {prefix!r} is not a path prefix, such as /team-a")
    return prefix.rstrip("/").encode()
