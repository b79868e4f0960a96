"""Counting what is not resolved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from monitor.incidents import Incident, Status
from monitor.store.base import IncidentQuery, Store

_UNRESOLVED: tuple[Status, ...] = ("open", "acknowledged")
_PAGE = 500
_PAGES = 10


@dataclass(slots=True)
class Tally:
    """Unresolved incidents by status, severity and detector; `complete` unless there are too many.

    At most 5,000 of each status are read.
    """

    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    complete: bool = True

    def by(self, place: int) -> dict[str, int]:
        """Totals over one of the three labels."""
        totals: Counter[str] = Counter()
        for labels, count in self.cells.items():
            totals[labels[place]] += count
        return dict(totals)

    def add(self, incidents: list[Incident]) -> None:
        """Count these too."""
        self.cells.update((each.status, each.severity, each.detector) for each in incidents)


async def tally(store: Store) -> Tally:
    """Count the unresolved incidents of a store."""
    result = Tally()
    for status in _UNRESOLVED:
        cursor = ""
        for _ in range(_PAGES):
            page = await store.incidents(IncidentQuery(status=status, limit=_PAGE, cursor=cursor))
            result.add(page.items)
            cursor = page.cursor
            if not cursor:
                break
        result.complete = result.complete and not cursor
    return result
