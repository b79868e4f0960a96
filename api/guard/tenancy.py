"""What a caller of one tenant is shown of what belongs to several."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from api.guard.callers import Caller
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.store.base import IncidentQuery, Store
from monitor.store.paging import values
from monitor.store.traits import Among


def narrowed(query: IncidentQuery, caller: Caller) -> IncidentQuery | None:
    """The query for what the caller may see of it; None if that is nothing."""
    if not caller.tenant:
        return query
    return replace(query, tenant=caller.tenant) if _asks(values(query.tenant), caller) else None


def similar_narrowed(among: Among, caller: Caller) -> Among | None:
    """Among which incidents the caller may look for similar ones; None if among none."""
    if not caller.tenant:
        return among
    return among._replace(tenant=(caller.tenant,)) if _asks(among.tenant, caller) else None


def _asks(wanted: Sequence[str], caller: Caller) -> bool:
    return not wanted or caller.tenant in wanted


async def similar_shown(
    store: Store, found: Sequence[SimilarViolation], caller: Caller
) -> list[SimilarViolation]:
    """Those of the violations that are of a tenant whom the caller sees."""
    if not caller.tenant:
        return list(found)
    incidents = await asyncio.gather(*(store.get_incident(each.incident_id) for each in found))
    pairs = zip(found, incidents, strict=True)
    return [each for each, incident in pairs if incident and caller.sees(incident.tenant)]


async def bundle_shown(store: Store, bundle: Bundle, caller: Caller) -> Bundle:
    """The bundle without other tenants' incidents and without what their traffic went into."""
    if not caller.tenant:
        return bundle
    similar = await similar_shown(store, bundle.similar_violations, caller)
    return replace(bundle, similar_violations=similar, shift=None, report=None)


async def exchanges_shown(
    store: Store, caller: Caller, *, since: float, until: float, limit: int
) -> list[bytes]:
    """Up to `limit` records of a time range that the caller may see, oldest first."""
    return await store.exchanges(since=since, until=until, limit=limit, tenant=caller.tenant)
