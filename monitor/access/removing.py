"""Removing an incident with all that belongs to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.incidents.detections import DetectionQuery

if TYPE_CHECKING:
    from monitor.store.base import Store

KINDS = ("incidents", "bundles", "vectors", "reports", "labels", "detections")
"""What goes with an incident, and the incident."""
_PAGE = 200


async def remove_incident(store: Store, incident_id: str) -> Counter[str]:
    """How many of each kind were removed."""
    gone: Counter[str] = Counter()
    gone["vectors"] = int(await store.delete_vector(incident_id))
    gone["reports"] = int(await store.delete_report(incident_id))
    gone["detections"] = await remove_detections(store, DetectionQuery(incident_id=incident_id))
    gone["labels"] = await store.delete_labels(incident_id)
    gone["bundles"] = int(await store.delete_bundle(incident_id))
    # The last to go: whoever is cut off finds the rest again by it.
    gone["incidents"] = int(await store.delete_incident(incident_id))
    return gone


async def remove_detections(store: Store, query: DetectionQuery) -> int:
    """Remove every detection that a query finds; how many there were."""
    gone = 0
    query = replace(query, limit=_PAGE, cursor="")
    while items := (await store.detections(query)).items:
        removed = await store.delete_detections([each.id for each in items])
        gone += removed
        if not removed:
            break  # others removed these, and will go on
    return gone
