"""A bundle as it is shown: as it was made, with what has become of its incident since."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from detectors.base import Evidence
from monitor.grouping.cause import leading
from monitor.incidents.bundle import Bundle, Story, StoryPart
from monitor.labels.giving import with_labels
from monitor.store.base import IncidentQuery
from monitor.surroundings.surroundings import with_surroundings

if TYPE_CHECKING:
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

_MOST = 50
_LEAD = 2
_TOLD = 3


async def as_now(store: Store, bundle: Bundle, *, tenant: str = "") -> Bundle:
    """The bundle with its incident's severity, labels, story and surroundings as they are now.

    With `tenant`, of the story, and of what changed before, what is of that tenant alone.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    told = await with_labels(store, bundle)
    incident = await store.get_incident(bundle.incident_id)
    if incident is None:
        return told
    if incident.severity_reason:
        told = replace(told, severity=incident.severity, severity_reason=incident.severity_reason)
    told = await _with_story(store, told, incident, tenant)
    return await with_surroundings(store, told, incident, tenant=tenant)


async def _with_story(store: Store, bundle: Bundle, incident: Incident, tenant: str) -> Bundle:
    if not incident.story:
        return bundle
    query = IncidentQuery(story=incident.story, tenant=tenant, sort="first_seen", limit=_MOST + 1)
    found = (await store.incidents(query)).items
    others = leading([each for each in found if each.id != incident.id])
    if not others:
        return bundle
    causes = await asyncio.gather(*(_cause(store, each) for each in others[:_LEAD]))
    parts = [
        _part(each, causes[place] if place < _LEAD else "") for place, each in enumerate(others)
    ]
    own = bundle.contributing_factors
    first = 1 if bundle.shift is None else 2  # what kind of change it is, and whose
    factors = [*own[:first], *map(_factor, parts[:_LEAD]), *own[first:]]
    story = Story(id=incident.story, others=len(others), incidents=parts[:_MOST])
    return replace(bundle, contributing_factors=factors, story=story)


async def _cause(store: Store, incident: Incident) -> str:
    bundle = await store.get_bundle(incident.id)
    factors = [] if bundle is None else bundle.contributing_factors[:_TOLD]
    return "; ".join(f"{each.name} {_shown(each.value)}" for each in factors)


def _factor(part: StoryPart) -> Evidence:
    whose = f", tenant {part.tenant}" if part.tenant else ""
    name = f"began together: {part.title}{whose}"
    return Evidence(name, part.cause or part.severity, None, 0.0, part.incident_id)


def _part(incident: Incident, cause: str) -> StoryPart:
    return StoryPart(
        incident_id=incident.id,
        title=incident.title,
        severity=incident.severity,
        status=incident.status,
        began=incident.since,
        last_seen=incident.last_seen,
        count=incident.count,
        tenant=incident.tenant,
        cause=cause,
    )


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
