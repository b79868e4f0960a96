"""Marking what was done to the service, and noting in the audit log who said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.access.noting import note

if TYPE_CHECKING:
    from monitor.markers.marker import Marker
    from monitor.store.base import Store


async def mark(store: Store, marker: Marker, *, at: float) -> Marker:
    """Keep a marker, given `at`; in the audit log goes what kind it is, and for whom."""
    await store.put_marker(marker)
    await note(
        store,
        "marker.put",
        marker.id,
        by=marker.by,
        at=at,
        kind=marker.kind,
        model=marker.model,
        tenant=marker.tenant,
        version=marker.version,
    )
    return marker
