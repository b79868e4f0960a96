"""Who changed what, when: entries that only grow in number, each sealed with the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change of state, made by a person.

    `at` is in seconds since the epoch, `by` the name they gave, `action` such as
    `baseline.promote`, `subject` what was changed. `details` hold no text of any exchange.
    `previous` is the hash of the entry before, "" for the first; `hash` covers all else.
    """

    at: float
    by: str
    action: str
    subject: str
    details: dict[str, str] = field(default_factory=dict)
    previous: str = ""
    hash: str = ""


def seal(entry: AuditEntry, previous: str) -> AuditEntry:
    """The entry with its hashes, behind one of the hash `previous`."""
    bare = replace(entry, previous=previous, hash="")
    canonical = msgspec.json.encode(bare, order="sorted")
    return replace(bare, hash=hashlib.sha256(canonical).hexdigest())


def first_broken(entries: Sequence[AuditEntry], *, previous: str = "") -> int | None:
    """Place of the first entry, oldest first, that was changed or does not follow; None if none."""
    for place, entry in enumerate(entries):
        if seal(entry, previous) != entry:
            return place
        previous = entry.hash
    return None


def same_change(one: AuditEntry, other: AuditEntry) -> bool:
    """Whether two entries tell the same change, wherever they stand in the chain."""
    return seal(one, "") == seal(other, "")
