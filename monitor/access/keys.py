"""Keys of the API: shown once, kept as salted hashes. Pure, but for the secrets they are made of."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import Literal

from monitor.errors import MonitorError

Scope = Literal["read", "operate", "admin"]
"""Each may do what the ones before may: look; acknowledge and resolve; change what is judged, keys."""

PREFIX = "swk"
"""Every key begins with it, so that scanners for secrets can be taught to know one."""

_RANK: dict[Scope, int] = {"read": 0, "operate": 1, "admin": 2}
_ID_BYTES = 6
_SECRET_BYTES = 32
_SALT_BYTES = 16


class KeyRefusedError(MonitorError):
    """A key cannot be made as asked, or there is no such key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What is kept of a key; the key itself is not.

    `tenant` is the only one that it sees, "" for all. Times are in seconds since the epoch, None for
    never.
    """

    id: str
    name: str
    scope: Scope
    salt: str
    hash: str
    created: float
    tenant: str = ""
    expires: float | None = None
    revoked: float | None = None


def allows(held: Scope, needed: Scope) -> bool:
    """Whether a scope includes another."""
    return _RANK[held] >= _RANK[needed]


def make_key(
    *, name: str, scope: Scope, at: float, tenant: str = "", expires: float | None = None
) -> tuple[str, KeyRecord]:
    """A new key, to be shown once, and what is to be kept of it.

    Raises
    ------
    KeyRefusedError
        It has no name, would have expired already, or is of one tenant and would be an admin.
    """
    if not name.strip():
        raise KeyRefusedError("a key needs a name, by which the audit log knows it")
    if expires is not None and expires <= at:
        raise KeyRefusedError("the key would have expired already")
    if tenant and scope == "admin":
        raise KeyRefusedError("a key of one tenant can read or operate; an admin sees every tenant")
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    salt = secrets.token_hex(_SALT_BYTES)
    record = KeyRecord(
        id=key_id,
        name=name.strip(),
        scope=scope,
        salt=salt,
        hash=_hashed(salt, secret),
        created=at,
        tenant=tenant,
        expires=expires,
    )
    return f"{PREFIX}_{key_id}_{secret}", record


def key_id(key: str) -> str:
    """The id within a key, by which its record is found; "" if it is none of ours."""
    prefix, _, rest = key.partition("_")
    found, separator, _ = rest.partition("_")
    return found if prefix == PREFIX and separator else ""


def opens(record: KeyRecord, key: str, *, at: float) -> bool:
    """Whether this is the record's key, and it still counts. The time taken tells nothing of it."""
    secret = key.split("_", 2)[-1]
    same = hmac.compare_digest(_hashed(record.salt, secret), record.hash)
    return same and is_valid(record, at=at)


def is_valid(record: KeyRecord, *, at: float) -> bool:
    """Whether a key is neither revoked nor expired."""
    return record.revoked is None and (record.expires is None or at < record.expires)


def revoked(record: KeyRecord, *, at: float) -> KeyRecord:
    """The record of the key once it no longer counts; the first time stays."""
    return record if record.revoked is not None else replace(record, revoked=at)


def _hashed(salt: str, secret: str) -> str:
    # A fast hash will do: the secret is 256 random bits, which nobody guesses at any speed.
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()
