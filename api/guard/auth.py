"""Who calls: somebody with a key, or nobody but programs on this machine."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard.callers import CONFIGURED, LOCAL, STATE, Caller
from api.guard.limits import RateLimit, Rates
from api.problems import ProblemError, respond
from monitor.access.keys import KeyRecord, key_id, opens
from monitor.access.oidc import OidcSettings
from monitor.settings import ApiSettings, SettingsError, endpoint
from monitor.store.base import StoreError

if TYPE_CHECKING:
    from api.guard.tokens.verifying import Tokens

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Answered without a key: probes have none, and these say no more than that the process works."""


class Keys(Rates, Protocol):
    """Where the records of keys are, and how often each calls is counted."""

    async def get_key(self, key_id: str) -> KeyRecord | None:
        """The record, or None."""
        ...


def check_exposure(settings: ApiSettings) -> None:
    """Refuse to serve other machines without a key.

    Raises
    ------
    SettingsError
        The address is not a loopback address and no key is asked for, or it is no address.
    """
    host, _ = endpoint(settings.listen, where="api.listen")
    if not needs_key(settings) and not is_loopback(host):
        raise SettingsError(
            f"api.listen: {settings.listen} can be reached from other machines, so callers need a "
            "key: set [api] key or SIDEWATCH_API_KEY, or [api] require_key = true and make keys "
            "with `sidewatch keys create`, or listen on 127.0.0.1"
        )


def needs_key(settings: ApiSettings) -> bool:
    """Whether every caller has to send a key."""
    return bool(settings.key or settings.oidc.issuer) or settings.require_key


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, seen from itself only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Finds out who calls, by `Authorization: Bearer KEY` (or a token) or `X-API-Key: KEY`.

    Where no key is asked for, whoever sends none must not be a web page of another site that makes a
    browser on this machine send it: such a request names a foreign host (DNS rebinding) or carries a
    foreign origin. `clock` gives seconds since the epoch.
    """

    def __init__(
        self, app: ASGIApp, *, settings: ApiSettings, keys: Keys, clock: Callable[[], float]
    ) -> None:
        self._app = app
        self._digest = _digest(settings.key) if settings.key else None
        self._needed = needs_key(settings)
        self._keys = keys
        self._clock = clock
        self._rates = RateLimit(keys, settings.rate_limit)
        self._tokens = _tokens(settings.oidc)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request with its caller; answer 401 or 403 to who may not call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(scope["path"], Headers(scope=scope))
        except StoreError as error:
            unknown = ProblemError(503, str(error), headers={"Retry-After": "1"})
            await respond(scope["path"], unknown)(scope, receive, send)
        except ProblemError as error:
            await respond(scope["path"], error)(scope, receive, send)
        else:
            scope.setdefault("state", {})[STATE] = caller
            await self._app(scope, receive, send)

    async def _caller(self, path: str, headers: Headers) -> Caller:
        sent = _sent(headers)
        if path in OPEN_PATHS and self._needed:
            return LOCAL
        if caller := await self._known(sent):
            await self._count(caller)
            return caller
        if self._needed or key_id(sent):
            raise ProblemError(
                401,
                "send a valid key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY': one of "
                "`sidewatch keys create`, or that of [api] key",
                headers={"WWW-Authenticate": 'Bearer realm="sidewatch"'},
            )
        if not _is_local(headers):
            raise ProblemError(
                403, "without a key only this machine is served: use 127.0.0.1 or send a key"
            )
        return LOCAL

    async def _known(self, sent: str) -> Caller | None:
        if caller := self._configured(sent) or await self._stored(sent):
            return caller
        if self._tokens is not None and self._tokens.is_one(sent):
            return await self._tokens.caller(sent)
        return None

    async def _count(self, caller: Caller) -> None:
        wait = await self._rates.wait(who) if (who := caller.key or caller.subject) else 0.0
        if wait:
            raise ProblemError(
                429,
                "this key sends more requests than [api] rate_limit lets it",
                headers={"Retry-After": str(math.ceil(wait))},
            )

    def _configured(self, sent: str) -> Caller | None:
        # Digests of equal length are compared, so that the time tells nothing about the key.
        same = self._digest is not None and hmac.compare_digest(_digest(sent), self._digest)
        return CONFIGURED if same else None

    async def _stored(self, sent: str) -> Caller | None:
        """Asked of the store at each request: a key that was revoked opens nothing from then on."""
        name = key_id(sent)
        record = await self._keys.get_key(name) if name else None
        if record is None or not opens(record, sent, at=self._clock()):
            return None
        return Caller(record.name, record.scope, record.tenant, record.id)


def _tokens(settings: OidcSettings) -> Tokens | None:
    """What finds out whose token it is; None where no provider is set.

    Raises
    ------
    SettingsError
        The provider's address is not one that can be trusted, or the extra is not installed.
    """
    if not settings.issuer:
        return None
    try:
        from api.guard.tokens.verifying import Tokens  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SettingsError(
            "api.oidc: tokens need an extra: pip install 'sidewatch[oidc]'"
        ) from error
    return Tokens(settings)


def _sent(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


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
