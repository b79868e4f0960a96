"""Changing an incident that others change at the same time, without losing an update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.access.noting import note
from monitor.incidents.events import Signature, events_between
from monitor.store.base import ConflictError

if TYPE_CHECKING:
    from monitor.incidents.events import EventKind
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

_ATTEMPTS = 20
_DONE = {"acknowledged": "acknowledge", "resolved": "resolve", "open": "reopen"}


async def change_by_hand(
    store: Store, incident_id: str, change: Callable[[Incident], Incident], signature: Signature
) -> Incident | None:
    """`change_stored` for a person: who did what to the incident is in the audit log."""
    before: Incident | None = None

    def noticed(incident: Incident) -> Incident:
        nonlocal before
        before = incident
        return change(incident)

    changed = await change_stored(store, incident_id, noticed, signature)
    if changed is not None and before is not None:
        await note(
            store,
            f"incident.{_done(before, changed)}",
            incident_id,
            by=signature.by,
            at=signature.at,
            before=before.status,
            owner=changed.owner,
            links=" ".join(changed.links) if changed.links != before.links else "",
            tenant=changed.tenant,
            version=str(changed.version),
        )
    return changed


async def change_stored(
    store: Store,
    incident_id: str,
    change: Callable[[Incident], Incident],
    signature: Signature | None = None,
    also: Mapping[EventKind, dict[str, str]] | None = None,
) -> Incident | None:
    """Apply a pure change to the incident as it then is; what was saved, None if there is none.

    The events of the change are saved with it, without `signature` as Sidewatch's own; `also` are
    those that the difference does not tell. What `change` raises ends it, with nothing written.

    Raises
    ------
    ConflictError
        It changes faster than it can be read.
    """
    for _ in range(_ATTEMPTS):
        incident = await store.get_incident(incident_id)
        if incident is None:
            return None
        changed = replace(change(incident), version=incident.version + 1)
        try:
            by = signature or Signature("", changed.updated)
            events = events_between(incident, changed, by, also)
            await store.save_incident(changed, expected_version=incident.version, events=events)
        except ConflictError:
            continue
        return changed
    raise ConflictError(f"incident {incident_id} keeps changing; try again")


def _done(before: Incident, after: Incident) -> str:
    """The change in a word, for the audit log."""
    if after.status != before.status:
        return _DONE[after.status]
    if after.owner != before.owner:
        return "assign"
    return "annotate" if after.links == before.links else "link"
