"""Changes of incidents as HTTP asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.problems import not_found
from api.tags import check_tag
from monitor.incidents.changes import change_by_hand
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, Status, acknowledge, assign, reopen, resolve
from monitor.store.base import Store

TRANSITIONS: Mapping[Status | None, Callable[..., Incident]] = {
    "acknowledged": acknowledge,
    "resolved": resolve,
    "open": reopen,
    None: assign,
}
"""What brings an incident to a status; without one it is assigned or annotated."""


def etag(incident: Incident) -> str:
    """The entity tag of an incident: its version (RFC 9110, 8.8.3)."""
    return f'"{incident.version}"'


async def change_incident(
    store: Store,
    incident_id: str,
    change: Callable[[Incident], Incident],
    *,
    by: Signature,
    if_match: str | None,
) -> Incident:
    """Apply a pure change, save it and note it in the audit log; what was saved.

    Without `if_match` (the header's value) a conflict is resolved by reading again.

    Raises
    ------
    ProblemError
        404 if there is no such incident, 412 if it is not at the version asked for.
    ConflictError
        It changes faster than it can be read.
    """

    def checked(incident: Incident) -> Incident:
        check_tag(if_match, etag(incident), "incident", incident.id)
        return change(incident)

    changed = await change_by_hand(store, incident_id, checked, by)
    if changed is None:
        raise not_found("incident", incident_id)
    return changed
