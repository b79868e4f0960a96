"""What a bundle says of its incident's report."""

from __future__ import annotations

from dataclasses import replace

from monitor.incidents.bundle import ReportLink, ReportStatus
from monitor.store.base import Store

HTML, JSON = "html", "json"
"""Parts of a report in the store; the page is compressed as gzip does."""


async def link(store: Store, incident_id: str, status: ReportStatus, note: str = "") -> None:
    """Say in the bundle how the report is; without a bundle there is nobody to tell.

    A report that was made stays in place when making it again fails.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    bundle = await store.get_bundle(incident_id)
    if bundle is None:
        return
    if status != "made" and await store.get_report(incident_id, JSON) is not None:
        status, note = "made", note and f"this is an earlier one; a later one was not made: {note}"
    path = f"/api/v1/incidents/{incident_id}/report" if status in {"waiting", "made"} else ""
    told = ReportLink(status=status, html=path, json=path and f"{path}.json", note=note)
    await store.put_bundle(replace(bundle, report=told))
