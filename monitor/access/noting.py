"""Notes in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.access.audit import AuditEntry

if TYPE_CHECKING:
    from monitor.store.base import Store


async def note(
    store: Store, action: str, subject: str, *, by: str, at: float, **details: str
) -> AuditEntry:
    """Say in the audit log who did what to which thing; empty details are left out."""
    told = {name: value for name, value in details.items() if value}
    return await store.append_audit(
        AuditEntry(at=at, by=by, action=action, subject=subject, details=told)
    )
