"""Stories: incidents that began together on the same model, route or tenant."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.grouping.aspects import aspect_of, is_of_traffic
from monitor.grouping.policy import StoryPolicy
from monitor.incidents.incident import Incident


def tells(incident: Incident, policy: StoryPolicy) -> bool:
    """Whether an incident is more than an odd exchange, of which there are some at all times."""
    return of_traffic(incident) or incident.count >= policy.findings


def of_traffic(incident: Incident) -> bool:
    """Whether an incident is about traffic over a window."""
    return is_of_traffic(incident.detector, incident.rule, incident.kind)


def linked(one: Incident, other: Incident, policy: StoryPolicy) -> bool:
    """Whether two incidents are of one story; the order does not matter.

    Those that both tell, if they began together on the same model or tenant, or on the same route
    where both are about its traffic; or if one is, and the other began on the same side of the
    exchanges while it lasted. One that does not tell yet, if it began while one went on that does,
    of the same detector, model and tenant. And the same finding on the same model, for another tenant
    or again, while one of them goes on that tells.
    """
    if one.id == other.id or not (tells(one, policy) or tells(other, policy)):
        return False
    if _same(one.model, other.model) and _same_kind(one, other):
        return _overlap(one, other, policy.window)
    if not tells(one, policy):
        return _joins(one, other, policy)
    if not tells(other, policy):
        return _joins(other, one, policy)
    if abs(one.since - other.since) <= policy.window:
        return _meet(one, other)
    first, later = sorted((one, other), key=lambda each: each.since)
    return of_traffic(first) and _follows(first, later, policy)


def name_of(incidents: Iterable[Incident]) -> str:
    """The name of the story that these are of: the earliest of those they have, or else of their ids."""
    together = list(incidents)
    stories = {incident.story for incident in together if incident.story}
    return min(stories or {incident.id for incident in together})


def _same(one: str, other: str) -> bool:
    return bool(one) and one == other


def _same_kind(one: Incident, other: Incident) -> bool:
    return (one.detector, one.kind) == (other.detector, other.kind)


def _meet(one: Incident, other: Incident) -> bool:
    return (
        _same(one.tenant, other.tenant)
        or _same(one.model, other.model)
        or (of_traffic(one) and of_traffic(other) and _same(one.route, other.route))
    )


def _follows(first: Incident, later: Incident, policy: StoryPolicy) -> bool:
    """Whether trouble of the traffic explains what began later."""
    same = _same(first.model, later.model) and aspect_of(first) == aspect_of(later)
    return same and later.since <= first.last_seen + policy.lasts


def _joins(lone: Incident, other: Incident, policy: StoryPolicy) -> bool:
    """Whether one that does not tell belongs to one that does."""
    of = (lone.detector, lone.model, lone.tenant)
    same = bool(lone.tenant) and of == (other.detector, other.model, other.tenant)
    return same and other.since <= lone.since <= other.last_seen + policy.window


def _overlap(one: Incident, other: Incident, window: float) -> bool:
    return one.since <= other.last_seen + window and other.since <= one.last_seen + window
