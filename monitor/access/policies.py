"""Which policy judges, in the audit log whenever it is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.access.noting import note

if TYPE_CHECKING:
    from monitor.store.base import Store

ACTION = "policy.use"
_LOOKED_AT = 1_000


async def note_policy(store: Store, version: str, *, by: str, at: float) -> bool:
    """Note the policy by which a process judges, unless the last note is of it; whether it was noted.

    Only the latest thousand entries are looked at; a note further back is made again.
    """
    entries = await store.audit(limit=_LOOKED_AT)
    before = next((entry.subject for entry in entries if entry.action == ACTION), "")
    if before == version:
        return False
    await note(store, ACTION, version, by=by, at=at, before=before)
    return True
