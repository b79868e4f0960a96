"""What every store agrees on about lists of incidents: the filters and the cursor."""

from __future__ import annotations

import math
from typing import NamedTuple

from monitor.incidents import Incident
from monitor.store.base import IncidentQuery, StoreError

FACETS = ("status", "severity", "detector", "kind", "model", "route", "tenant")
"""Fields of an incident that a query may fix; the query names them alike."""


class Cursor(NamedTuple):
    """The last incident of a page: the next page holds what sorts below it.

    A page is therefore not shifted by incidents that appear or are seen again in the meantime:
    these move to the front, where a reader who goes on does not meet them a second time.
    """

    last_seen: float
    incident_id: str

    def encode(self) -> str:
        """Text that `decode` reads."""
        return f"{self.last_seen!r}_{self.incident_id}"

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Read what `encode` wrote.

        Raises
        ------
        StoreError
            It is something else.
        """
        seen, separator, incident_id = text.partition("_")
        try:
            last_seen = float(seen)
        except ValueError:
            last_seen = math.nan
        if not (separator and incident_id and math.isfinite(last_seen)):
            raise StoreError("the cursor is not one that a page returned; ask for the first page")
        return cls(last_seen, incident_id)


def matches(incident: Incident, query: IncidentQuery) -> bool:
    """Whether an incident passes every filter of a query."""
    if query.since is not None and incident.last_seen < query.since:
        return False
    if query.until is not None and incident.last_seen > query.until:
        return False
    return all(
        getattr(incident, facet) == wanted for facet in FACETS if (wanted := getattr(query, facet))
    )
