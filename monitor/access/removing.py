"""Removing an incident with all that belongs to it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.store.base import Store

KINDS = ("incidents", "bundles", "vectors", "reports", "labels")
"""What goes with an incident, and the incident."""


async def remove_incident(store: Store, incident_id: str) -> Counter[str]:
    """How many of each kind were removed."""
    gone: Counter[str] = Counter()
    gone["vectors"] = int(await store.delete_vector(incident_id))
    gone["reports"] = int(await store.delete_report(incident_id))
    gone["labels"] = await store.delete_labels(incident_id)
    gone["bundles"] = int(await store.delete_bundle(incident_id))
    # The last to go: whoever is cut off finds the rest again by it.
    gone["incidents"] = int(await store.delete_incident(incident_id))
    return gone
