"""Incidents like a text, of those that a query lets pass."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from api.tenancy import SEARCHED
from monitor.incidents import Incident
from monitor.store.base import IncidentQuery, Store
from monitor.store.paging import matches

_EMBEDDED = ("safety", "anomaly")
"""Detectors of whose incidents a text is kept as a vector."""
LEAST = 0.3
"""Smallest cosine that counts as like: a phrase is less like the text it is from than a copy is."""


@dataclass(frozen=True, slots=True)
class FoundIncidents:
    """A page of incidents; `cursor` is empty on the last.

    `similarity` gives, for a search by `like`, the cosine of each incident's text to that.
    """

    items: list[Incident]
    cursor: str = ""
    similarity: dict[str, float] = field(default_factory=dict)


async def incidents_like(store: Store, vector: bytes, query: IncidentQuery) -> FoundIncidents:
    """The incidents that pass the query and are most like a text, the most similar first.

    Of all incidents the 200 of each detector nearest to the text are looked through.
    """
    per_detector = await asyncio.gather(
        *(store.similar(vector, detector=name, limit=SEARCHED) for name in _EMBEDDED)
    )
    near = {name: cosine for found in per_detector for name, cosine in found if cosine >= LEAST}
    ids = sorted(near, key=lambda name: (-near[name], name))
    there = await asyncio.gather(*(store.get_incident(name) for name in ids))
    passed = [each for each in there if each is not None and matches(each, query)]
    items = passed[: query.limit]
    return FoundIncidents(items, similarity={each.id: round(near[each.id], 4) for each in items})
