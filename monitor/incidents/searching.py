"""Incidents like a text, of those that a query lets pass."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.store.paging import matches, values
from monitor.store.traits import Among

if TYPE_CHECKING:
    from monitor.incidents.incident import Incident
    from monitor.store.base import IncidentQuery, Store

_EMBEDDED = ("safety", "anomaly")
"""Detectors of whose incidents a text is kept as a vector."""
_LOOKED_THROUGH = 200
LEAST = 0.3
"""Smallest cosine that counts as like: a phrase is less like the text it is from than a copy is."""


async def incidents_like(
    store: Store, vector: bytes, query: IncidentQuery
) -> list[tuple[Incident, float]]:
    """The incidents that pass the query's filters and are most like a text, each with its cosine.

    Of those of the query's kinds, models and tenants the 200 of each detector nearest to the text
    are looked through. The query's words, order and cursor count for nothing.
    """
    among = Among(values(query.kind), values(query.model), values(query.tenant))
    per_detector = await asyncio.gather(
        *(
            store.similar(vector, detector=name, limit=_LOOKED_THROUGH, among=among)
            for name in _EMBEDDED
        )
    )
    near = {name: cosine for found in per_detector for name, cosine in found if cosine >= LEAST}
    ids = sorted(near, key=lambda name: (-near[name], name))
    there = await asyncio.gather(*(store.get_incident(name) for name in ids))
    passed = (each for each in there if each is not None and matches(each, query))
    return [(each, round(near[each.id], 4)) for each in passed][: query.limit]
