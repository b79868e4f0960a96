"""Giving keys out and taking them back, each noted in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.access.keys import KeyRecord, KeyRefusedError, Scope, make_key, revoked
from monitor.access.noting import note

if TYPE_CHECKING:
    from monitor.store.base import Store


async def issue(
    store: Store,
    *,
    name: str,
    scope: Scope,
    by: str,
    at: float,
    tenant: str = "",
    ttl: float | None = None,
) -> tuple[str, KeyRecord]:
    """A new key, to be shown once, and its record; it ends after `ttl` seconds, None for never.

    Raises
    ------
    KeyRefusedError
        There cannot be such a key.
    """
    expires = None if ttl is None else at + ttl
    key, record = make_key(name=name, scope=scope, at=at, tenant=tenant, expires=expires)
    await store.put_key(record)
    await note(
        store, "key.create", record.id, by=by, at=at, name=record.name, scope=scope, tenant=tenant
    )
    return key, record


async def revoke(store: Store, key_id: str, *, by: str, at: float) -> KeyRecord:
    """Let a key count no longer, from the next request on; its record as it is then.

    Raises
    ------
    KeyRefusedError
        There is no such key.
    """
    record = await store.get_key(key_id)
    if record is None:
        raise KeyRefusedError(f"there is no key {key_id!r}; `sidewatch keys list` shows them")
    if record.revoked is not None:
        return record
    ended = revoked(record, at=at)
    await store.put_key(ended)
    await note(store, "key.revoke", record.id, by=by, at=at, name=record.name)
    return ended
