"""What every store agrees on about lists of incidents: filters, order and the cursor."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.store.base import StoreError

if TYPE_CHECKING:
    from monitor.incidents.detections import Values
    from monitor.incidents.incident import Incident
    from monitor.store.base import IncidentQuery

FACETS = (
    "status",
    "severity",
    "detector",
    "kind",
    "model",
    "route",
    "tenant",
    "owner",
    "rule",
    "verdict",
    "story",
)
"""Fields of an incident that a query may fix; the query names them alike."""

RANGES: Mapping[str, tuple[str, str]] = {
    "last_seen": ("since", "until"),
    "first_seen": ("first_since", "first_until"),
    "updated": ("updated_since", "updated_until"),
}
"""Times of an incident, and the names of a query's bounds for each."""

_RANK = {"info": 0.0, "warning": 1e11, "critical": 2e11}
SORTS: Mapping[str, Callable[[Incident], float]] = {
    "last_seen": lambda incident: incident.last_seen,
    "first_seen": lambda incident: incident.first_seen,
    "updated": lambda incident: incident.updated,
    "score": lambda incident: incident.score,
    "count": lambda incident: float(incident.count),
    # Of equal severity the one seen last. Seconds since the epoch leave a double's room for both.
    "severity": lambda incident: _RANK[incident.severity] + incident.last_seen,
}
"""By what a list may be sorted, as one number for each incident."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last record of a page: the next page holds what sorts behind it.

    A page is therefore not shifted by records that appear or change in the meantime. `sort` is that
    of the query; a cursor of another order is refused.
    """

    sort: str
    value: float
    id: str

    def encode(self) -> str:
        """Text that `decode` reads."""
        return f"{self.sort}~{self.value!r}~{self.id}"

    @classmethod
    def decode(cls, text: str, *, sort: str) -> Cursor:
        """Read what `encode` wrote for a list of this order.

        Raises
        ------
        StoreError
            It is something else.
        """
        told, _, rest = text.partition("~")
        number, _, name = rest.partition("~")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not (told == sort and name and math.isfinite(value)):
            raise StoreError(
                "the cursor is not one that a page of this order returned; ask for the first page"
            )
        return cls(sort, value, name)

    def is_before(self, value: float, name: str) -> bool:
        """Whether a record comes behind the cursor in its order."""
        here, there = (self.value, self.id), (value, name)
        return there < here if self.sort.startswith("-") else there > here


def values(given: Values) -> tuple[str, ...]:
    """The values that a filter lets pass; none of them if it lets all."""
    if isinstance(given, str):
        return (given,) if given else ()
    return given


def facet_of(incident: Incident, facet: str) -> str:
    """The value by which an incident is filtered; "" where it has none."""
    return getattr(incident, facet, None) or ""


def place(incident: Incident, sort: str) -> tuple[float, str]:
    """Where an incident stands in an order, `sort` being one of `SORTS`, with - if descending."""
    return SORTS[sort.removeprefix("-")](incident), incident.id


def matches(incident: Incident, query: IncidentQuery) -> bool:
    """Whether an incident passes every filter of a query but that of its words."""
    for name, (low, high) in RANGES.items():
        at = getattr(incident, name)
        since, until = getattr(query, low), getattr(query, high)
        if (since is not None and at < since) or (until is not None and at > until):
            return False
    return all(
        facet_of(incident, facet) in wanted
        for facet in FACETS
        if (wanted := values(getattr(query, facet)))
    )
