"""Whether the audit log is as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.access.audit import AuditEntry, first_broken

if TYPE_CHECKING:
    from monitor.store.base import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of the log, oldest entry first.

    `entries` are those that follow one another, `head` is the hash of the last of them. `broken` is the
    first that was changed, or before which one was taken out; its place is `entries`, counted from 0.
    `holds` says whether the hash that was expected, of a head that somebody noted earlier, is among
    them: without it, entries cut off at the end are not noticed.
    """

    entries: int
    head: str
    broken: AuditEntry | None = None
    holds: bool = True

    @property
    def good(self) -> bool:
        """Whether nothing is known to be wrong."""
        return self.broken is None and self.holds


async def verify(store: Store, *, expected: str = "") -> Verdict:
    """Check every entry up to the first that is broken; `expected` is a head noted earlier."""
    entries, head, holds = 0, "", not expected
    async for entry in store.walk_audit():
        if first_broken([entry], previous=head) is not None:
            return Verdict(entries=entries, head=head, broken=entry, holds=holds)
        entries, head = entries + 1, entry.hash
        holds = holds or head == expected
    return Verdict(entries=entries, head=head, holds=holds)
