"""Incidents end some time after they were resolved, as the settings say."""

from __future__ import annotations

from collections import Counter

from monitor.access.noting import note
from monitor.access.removing import remove_incident
from monitor.store.base import IncidentQuery, Store

_PAGE = 200


async def retire(store: Store, *, before: float, at: float) -> Counter[str]:
    """Remove resolved incidents last seen before a time, with all of theirs; how many of each kind.

    Times are in seconds since the epoch. What was removed is noted in the audit log, by `retention`.
    """
    gone: Counter[str] = Counter()
    query = IncidentQuery(status="resolved", until=before, limit=_PAGE)
    while items := (await store.incidents(query)).items:
        removed: Counter[str] = Counter()
        for incident in items:
            removed.update(await remove_incident(store, incident.id))
        removed["alerts"] += await store.forget_alerts([each.id for each in items])
        gone.update(removed)
        if not removed["incidents"]:
            break  # others removed these, and will go on
    if gone["incidents"]:
        told = {kind: str(count) for kind, count in sorted(gone.items())}
        await note(store, "data.retire", "incidents", by="retention", at=at, **told)
    return gone
