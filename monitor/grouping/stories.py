"""Stories: incidents that began together on the same model, route or tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from monitor.grouping.policy import StoryPolicy
from monitor.grouping.reach import is_of_traffic
from monitor.incidents import Incident


def tells(incident: Incident, policy: StoryPolicy) -> bool:
    """Whether an incident is more than an odd exchange, of which there are some at all times."""
    return of_traffic(incident) or incident.count >= policy.findings


def of_traffic(incident: Incident) -> bool:
    """Whether an incident is about traffic over a window."""
    return is_of_traffic(incident.detector, incident.rule, incident.kind)


def linked(one: Incident, other: Incident, policy: StoryPolicy) -> bool:
    """Whether two incidents are of one story; the order does not matter.

    Either they begin together, on the same tenant where one of them tells, on the same model where
    both do, on the same route where both are about its traffic. Or the same is found for another
    tenant or again, while the one goes on that tells.
    """
    if one.id == other.id or not (tells(one, policy) or tells(other, policy)):
        return False
    both = tells(one, policy) and tells(other, policy)
    if _same(one.model, other.model) and _same_kind(one, other):
        return _overlap(one, other, policy.window)
    if abs(one.since - other.since) > policy.window:
        return False
    return (
        _same(one.tenant, other.tenant)
        or (both and _same(one.model, other.model))
        or (of_traffic(one) and of_traffic(other) and _same(one.route, other.route))
    )


def name_of(incidents: Iterable[Incident]) -> str:
    """The name of the story that these are of: the earliest of those they have, or else of their ids."""
    together = list(incidents)
    stories = {incident.story for incident in together if incident.story}
    return min(stories or {incident.id for incident in together})


def stories(incidents: Collection[Incident], policy: StoryPolicy) -> list[list[Incident]]:
    """All the stories in a set of incidents, whatever their order: those linked directly or by others.

    The earliest story comes first, its incidents by when they began. What is linked with nothing is
    not there.
    """
    left = sorted(incidents, key=lambda incident: (incident.since, incident.id))
    found = []
    while left:
        together, left = _together(left[0], left[1:], policy)
        if len(together) > 1:
            found.append(sorted(together, key=lambda incident: (incident.since, incident.id)))
    return found


def _together(
    first: Incident, others: list[Incident], policy: StoryPolicy
) -> tuple[list[Incident], list[Incident]]:
    together, left = [first], others
    for known in together:  # grows while it is walked
        together += [other for other in left if linked(known, other, policy)]
        left = [other for other in left if not linked(known, other, policy)]
    return together, left


def _same(one: str, other: str) -> bool:
    return bool(one) and one == other


def _same_kind(one: Incident, other: Incident) -> bool:
    return (one.detector, one.kind) == (other.detector, other.kind)


def _overlap(one: Incident, other: Incident, window: float) -> bool:
    return one.since <= other.last_seen + window and other.since <= one.last_seen + window
