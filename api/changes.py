"""Changes of incidents as HTTP asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.problems import ProblemError, not_found
from monitor.changes import change_by_hand
from monitor.events import Signature
from monitor.incidents import Incident, Status, acknowledge, assign, reopen, resolve
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
        if not _matches(incident, if_match):
            raise changed_since(incident)
        return change(incident)

    changed = await change_by_hand(store, incident_id, checked, by)
    if changed is None:
        raise not_found("incident", incident_id)
    return changed


def _matches(incident: Incident, if_match: str | None) -> bool:
    if if_match is None or if_match.strip() == "*":
        return True
    return etag(incident) in [tag.strip() for tag in if_match.split(",")]


def changed_since(incident: Incident) -> ProblemError:
    """The incident is no longer as the caller read it."""
    return ProblemError(
        412,
        f"incident {incident.id} was changed since you read it; read it again",
        headers={"ETag": etag(incident)},
    )
