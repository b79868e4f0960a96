"""What the claims of a token that was verified let its bearer do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.guard.callers import Caller
from monitor.access.keys import Scope
from monitor.access.oidc import OidcSettings

_NAME = 200


class ClaimsError(Exception):
    """The token is a good one and lets its bearer do nothing here; the message says why."""


def caller_of(claims: Mapping[str, Any], settings: OidcSettings) -> Caller:
    """Who the bearer is, with the widest scope that a role gives.

    Raises
    ------
    ClaimsError
        No role gives a scope, or the token names no tenant where it has to.
    """
    roles = _words(_claim(claims, settings.roles))
    given: list[tuple[Scope, list[str]]] = [
        ("admin", settings.admin),
        ("operate", settings.operate),
        ("read", settings.read),
    ]
    scope = next((scope for scope, named in given if roles & set(named)), None)
    if scope is None:
        raise ClaimsError(f"the token's {settings.roles} has no role that [api.oidc] gives a scope")
    tenant = _tenant(claims, settings)
    if tenant and scope == "admin":
        scope = "operate"  # As a key of one tenant: nobody of one tenant rules over all.
    subject = str(claims["sub"])
    name = str(_claim(claims, settings.name) or subject)[:_NAME]
    return Caller(name, scope, tenant, subject=subject, until=float(claims["exp"]))


def _tenant(claims: Mapping[str, Any], settings: OidcSettings) -> str:
    if not settings.tenant:
        return ""
    tenant = _claim(claims, settings.tenant)
    if not isinstance(tenant, str) or not tenant:
        raise ClaimsError(f"the token's {settings.tenant} names no tenant")
    return tenant


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or one inside others by a path with dots; None if there is none."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _words(value: Any) -> set[str]:
    """Roles are a list, or one text with spaces between them as in `scope` (RFC 8693, 4.2)."""
    if isinstance(value, str):
        return set(value.split())
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()
