"""Who may call: a key, or nobody but programs on this machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import ProblemError, respond
from monitor.settings import ApiSettings, SettingsError, endpoint

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Answered without a key: probes have none, and these say no more than that the process works."""


def check_exposure(settings: ApiSettings) -> None:
    """Refuse to serve other machines without a key.

    Raises
    ------
    SettingsError
        The address is not a loopback address and there is no key, or it is no address.
    """
    host, _ = endpoint(settings.listen, where="api.listen")
    if not settings.key and not is_loopback(host):
        raise SettingsError(
            f"api.listen: {settings.listen} can be reached from other machines, so callers need a "
            "key: set [api] key or SIDEWATCH_API_KEY, or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, seen from itself only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class KeyGuard:
    """Lets in who sends the key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`."""

    def __init__(self, app: ASGIApp, *, key: str) -> None:
        self._app = app
        self._digest = _digest(key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that has the key, or needs none; answer 401 to others."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._has_key(scope):
            await self._app(scope, receive, send)
            return
        error = ProblemError(
            401,
            "send the key of [api] key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'",
            headers={"WWW-Authenticate": 'Bearer realm="sidewatch"'},
        )
        await respond(scope["path"], error)(scope, receive, send)

    def _has_key(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        sent = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        # Digests of equal length are compared, so that the time tells nothing about the key.
        return hmac.compare_digest(_digest(sent), self._digest)


class LocalGuard:
    """Without a key: refuses what a web page of another site makes a browser on this machine send.

    Such a request names a foreign host (DNS rebinding) or carries a foreign origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from this machine; answer 403 to the rest."""
        if scope["type"] != "http" or _is_local(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        error = ProblemError(
            403, "without a key only this machine is served: use 127.0.0.1 or set [api] key"
        )
        await respond(scope["path"], error)(scope, receive, send)


def _is_local(headers: Headers) -> bool:
    sources = [f"//{headers.get('host', '')}"]
    if origin := headers.get("origin"):
        sources.append(origin)
    return all(is_loopback(_host(source)) for source in sources)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
