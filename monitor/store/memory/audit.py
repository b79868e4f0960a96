"""The audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator

from monitor.access.audit import AuditEntry, same_change, seal


class MemoryAudit:
    """A list, oldest first."""

    def __init__(self) -> None:
        self._audit: list[AuditEntry] = []

    async def append_audit(self, entry: AuditEntry) -> AuditEntry:
        """Add an entry behind the last one, once."""
        last = self._audit[-1] if self._audit else None
        if last is not None and same_change(last, entry):
            return last
        self._audit.append(seal(entry, last.hash if last else ""))
        return self._audit[-1]

    async def audit(self, *, limit: int) -> list[AuditEntry]:
        """The latest entries, newest first."""
        return self._audit[::-1][:limit]

    async def walk_audit(self) -> AsyncIterator[AuditEntry]:
        """Every entry, oldest first."""
        for entry in list(self._audit):
            yield entry
