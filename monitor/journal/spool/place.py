"""Where a spool goes, and how large it may become."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor.journal.spool.spool import Spool


@dataclass(frozen=True, slots=True)
class SpoolPlace:
    """A folder, below which each process has one of its own, and the bounds of a spool.

    `store` says for which store exchanges are spooled: those for another are never mixed with them.
    `max_bytes` are for each process; `max_age` is in seconds.
    """

    root: Path
    store: str
    max_bytes: int
    max_age: float

    def open(self) -> Spool:
        """A spool there. OSError where there can be none."""
        return Spool(self.root, store=self.store, max_bytes=self.max_bytes, max_age=self.max_age)
