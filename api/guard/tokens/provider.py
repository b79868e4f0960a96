"""The provider's public keys, read when they are needed and kept for a while."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
import msgspec

from monitor.errors import MonitorError
from monitor.settings import SettingsError

_DISCOVERY = "/.well-known/openid-configuration"
_FRESH = 600.0
_USABLE = 86_400.0
_PATIENCE = 5.0
_AGAIN = 30.0
_LARGEST = 256 * 1024


class ProviderError(MonitorError):
    """The provider's keys cannot be had; the message says why."""


class Provider:
    """Keys of an issuer, by the names in its tokens' heads (OpenID Connect Discovery 1.0, RFC 7517).

    They are read again after ten minutes, and earlier for a name that is not among them, but at most
    every half a minute, so that made-up names do not make a flood of requests. While the
    provider is away, keys count on for a day. `clock` gives seconds that only go forward.
    """

    def __init__(self, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        check_url(issuer, where="api.oidc.issuer")
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = -_USABLE
        self._tried_at = -_AGAIN
        self._trouble = ""
        self._lock = asyncio.Lock()

    async def key(self, name: str) -> jwt.PyJWK | None:
        """The key of a name; None if the provider has no such.

        Raises
        ------
        ProviderError
            It is not known whether there is: the provider does not answer.
        """
        if name not in self._keys or self._age() > _FRESH:
            async with self._lock:
                await self._refresh(name)
        if not self._keys:
            raise ProviderError(self._trouble or "the provider has no usable key")
        return self._keys.get(name)

    async def _refresh(self, name: str) -> None:
        known = name in self._keys and self._age() <= _FRESH
        if known or self._clock() - self._tried_at < _AGAIN:
            return
        self._tried_at = self._clock()
        try:
            self._keys = await self._read()
        except ProviderError as error:
            self._trouble = str(error)
            if self._age() > _USABLE:
                self._keys = {}
        else:
            self._read_at, self._trouble = self._clock(), ""

    async def _read(self) -> dict[str, jwt.PyJWK]:
        try:
            async with asyncio.timeout(_PATIENCE), httpx2.AsyncClient() as http:
                about = await _json(http, self._issuer.rstrip("/") + _DISCOVERY)
                if about.get("issuer") != self._issuer:
                    raise ProviderError(f"{self._issuer} says to be {about.get('issuer')!r}")
                place = str(about.get("jwks_uri"))
                check_url(place, where="jwks_uri")
                return _usable((await _json(http, place)).get("keys"))
        except (TimeoutError, httpx2.HTTPError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise ProviderError(f"{self._issuer} gives no keys: {reason}") from error

    def _age(self) -> float:
        return self._clock() - self._read_at


def check_url(url: str, *, where: str) -> None:
    """Refuse an address at which somebody on the way could answer instead.

    Raises
    ------
    SettingsError
        It is not https, nor on this machine.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return
    if parts.scheme != "http" or not _is_here(host):
        raise SettingsError(f"{where}: {url!r} is not an https address")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _json(http: Any, url: str) -> dict[str, Any]:
    """An object of JSON that is not too large to be one of these."""
    async with http.stream("GET", url) as answer:
        answer.raise_for_status()
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _LARGEST:
                raise ValueError(f"{url} has more than {_LARGEST} bytes")
    return msgspec.json.decode(body, type=dict[str, Any])


def _usable(keys: Any) -> dict[str, jwt.PyJWK]:
    """Public keys to verify with, by name; what is of another use or unknown kind is left out."""
    found = {}
    for each in keys if isinstance(keys, list) else []:
        if isinstance(each, dict) and each.get("kid") and each.get("use", "sig") == "sig":
            try:
                found[str(each["kid"])] = jwt.PyJWK(each)
            except jwt.PyJWTError:
                continue
    return found
