"""What callers send and get of keys, the audit log and erasures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.access.audit import AuditEntry
from monitor.access.keys import KeyRecord, Scope

_YEARS = 10 * 366 * 86_400.0


class KeyAsked(BaseModel):
    """A key to be made: for what it may be used, by whom, and for how many seconds."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    scope: Scope
    tenant: Annotated[str, Field(max_length=300)] = ""
    ttl: Annotated[float, Field(gt=0, le=_YEARS)] | None = None
    by: Annotated[str, Field(max_length=200)] = ""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"name": "pager", "scope": "operate", "tenant": "acme", "ttl": 7776000}]
        },
    )


class ErasureAsked(BaseModel):
    """Whose data to erase: at least one of tenant and user; both mean that user of that tenant."""

    tenant: Annotated[str, Field(max_length=300)] = ""
    user: Annotated[str, Field(max_length=300)] = ""
    by: Annotated[str, Field(max_length=200)] = ""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"tenant": "acme", "user": "u-1184", "by": "ada"}]},
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.tenant and not self.user:
            raise ValueError("give at least one of tenant and user")
        return self


class AuditFilter(BaseModel):
    """How many entries to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=10_000)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShown:
    """A key without what would let anybody use it or try. `tenant` "" is all of them."""

    id: str
    name: str
    scope: Scope
    tenant: str
    created: float
    expires: float | None
    revoked: float | None


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new key, and what is known of it from now on."""

    key: str
    record: KeyShown


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key that was made, newest first."""

    items: list[KeyShown]


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Who changed what, newest first."""

    items: list[AuditEntry]


def shown(record: KeyRecord) -> KeyShown:
    """What an admin is shown of a key."""
    return KeyShown(
        id=record.id,
        name=record.name,
        scope=record.scope,
        tenant=record.tenant,
        created=record.created,
        expires=record.expires,
        revoked=record.revoked,
    )
