"""Links an incident with what began together with it, in the store."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.grouping.stories import linked, name_of, of_traffic
from monitor.incidents.changes import change_stored
from monitor.store.base import IncidentQuery

if TYPE_CHECKING:
    from monitor.grouping.policy import StoryPolicy
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

log = logging.getLogger(__name__)

_MOST = 100


async def link(
    store: Store, before: Incident | None, incident: Incident, policy: StoryPolicy
) -> Incident:
    """Give an incident that opened, or has come to tell something, its story; as it is then.

    Stories that it holds together become the earliest of them. It is looked up after it was saved:
    of two incidents that begin at once at least one finds the other.

    Raises
    ------
    StoreError
        The store does not answer, or others keep changing an incident.
    """
    if before is not None and not before.count < policy.findings <= incident.count:
        return incident
    near = await _near(store, incident, policy)
    together = [incident, *(other for other in near if linked(incident, other, policy))]
    if len(together) == 1:
        return incident
    story = name_of(together)
    merged = {each.story for each in together} - {"", story}
    together += await _members(store, merged)
    for each in {each.id: each for each in together if each.story != story}.values():
        changed = await _tell(store, each, story)
        incident = changed if changed is not None and each.id == incident.id else incident
    return incident


async def _tell(store: Store, incident: Incident, story: str) -> Incident | None:
    details = {"story": story} | ({"before": incident.story} if incident.story else {})
    return await change_stored(
        store,
        incident.id,
        # Another worker may have linked it with an earlier one meanwhile.
        lambda as_it_is: replace(as_it_is, story=min(story, as_it_is.story or story)),
        also={"linked": details},
    )


async def _near(store: Store, incident: Incident, policy: StoryPolicy) -> list[Incident]:
    """Incidents of the same model, tenant or route that were seen since it began."""
    since = incident.since - max(policy.window, policy.lasts)
    queries = [IncidentQuery(model=(incident.model,), since=since, limit=_MOST)]
    if incident.tenant:
        queries.append(IncidentQuery(tenant=(incident.tenant,), since=since, limit=_MOST))
    if incident.route and of_traffic(incident):
        queries.append(IncidentQuery(route=(incident.route,), since=since, limit=_MOST))
    found: dict[str, Incident] = {}
    for query in queries:
        found |= {each.id: each for each in (await store.incidents(query)).items}
    return list(found.values())


async def _members(store: Store, stories: set[str]) -> list[Incident]:
    if not stories:
        return []
    query = IncidentQuery(story=tuple(sorted(stories)), limit=_MOST)
    return (await store.incidents(query)).items
