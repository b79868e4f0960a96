"""Whose tokens the API takes, and what they let somebody do; light, as all settings are."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Access tokens of an OpenID Connect provider (JWT), beside keys."""

    issuer: str = ""
    """URL of the provider, as `iss` of its tokens says it; empty for keys alone."""
    audience: str = "sidewatch"
    """What `aud` of a token has to name."""
    roles: str = "roles"
    """The claim that names what somebody may do, such as `realm_access.roles` or `scope`."""
    read: list[str] = field(default_factory=lambda: ["sidewatch-read"])
    """Roles that may look."""
    operate: list[str] = field(default_factory=lambda: ["sidewatch-operate"])
    """Roles that may also change and label incidents, and promote baselines."""
    admin: list[str] = field(default_factory=lambda: ["sidewatch-admin"])
    """Roles that may do everything."""
    tenant: str = ""
    """The claim that names the one tenant whose data a token shows; empty for all tenants."""
    name: str = "preferred_username"
    """The claim under which changes go into the audit log; `sub` where a token has no such."""
