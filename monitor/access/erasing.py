"""Forgetting a tenant or a user, with a count of what went and of what is still found."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from monitor.access.noting import note
from monitor.access.owner import Owner, Part, of_exchange, of_observation, of_record
from monitor.access.removing import KINDS, remove_detections, remove_incident
from monitor.incidents.changes import change_stored
from monitor.incidents.detections import DetectionQuery
from monitor.store.base import IncidentQuery

if TYPE_CHECKING:
    from monitor.incidents.bundle import Bundle
    from monitor.incidents.incident import Incident
    from monitor.journal.base import Journal
    from monitor.store.base import Store

_PAGE = 200

NOT_ERASED = (
    "what gateways have in their spools: dropped when it comes; on disk until sent or `spool.max_age`",
    "baselines that were built from this traffic, and drift reports over all tenants: numbers",
    "names of tenants in what explains a drift of all tenants, and in what baselines were made from",
    "answers to changes that were sent with a key to be repeated: they go after a day",
    "names of tenants in markers, silences, and in what changed before incidents of all tenants",
    "counts by tenant and user in the watch stage's saved state: until others take their place",
    "the tenants of a model's last 800 exchanges there: until as many others have come",
    "which ids were of one conversation: until `privacy.exchange_ttl`",
    "alerts that were sent, and the one on its way to each channel",
    "names of tenants in the audit log and in keys; copies of the store, such as backups",
)
"""What an erasure does not reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The proof: how many of each kind were erased, and how many are found afterwards.

    `owner` is the digest of whose they were; `entry` is the hash of the audit log's entry. `again`
    says that workers held exchanges meanwhile: what they were just storing may have come after.
    """

    owner: str
    at: float
    erased: dict[str, int]
    left: dict[str, int]
    again: bool
    entry: str
    not_erased: tuple[str, ...] = NOT_ERASED


async def erase(store: Store, journal: Journal, owner: Owner, *, by: str, at: float) -> Erasure:
    """Erase what is the owner's, wherever it can be told whose it is.

    An incident goes with all that belongs to it if it is of the tenant, if the exchange in its bundle
    is the owner's, or if all the exchanges it names are. Of others the owner's exchanges are taken out.
    """
    # First of all: what comes or is scored from here on is dropped.
    await store.put_erasure(owner.digest, at=at)
    again = (await journal.backlog()).pending > 0
    gone = await journal.erase(
        lambda data: _owns(owner, of_exchange(data)),
        lambda data: _owns(owner, of_observation(data)),
    )
    erased = Counter(waiting=gone.exchanges, observations=gone.observations, dead=gone.dead)
    ids = await _exchanges(store, owner)
    erased["exchanges"] = await store.delete_exchanges(ids)
    erased["detections"] = await _detections(store, owner, ids)
    erased.update(await _incidents(store, owner, set(ids)))
    left = {
        "exchanges": len(await _exchanges(store, owner)),
        "incidents": len(await _theirs(store, owner, set(ids))),
    }
    told = {kind: str(count) for kind, count in sorted(erased.items())}
    entry = await note(store, "data.erase", owner.digest, by=by, at=at, **told)
    return Erasure(
        owner=owner.digest, at=at, erased=dict(erased), left=left, again=again, entry=entry.hash
    )


def _owns(owner: Owner, part: Part) -> bool:
    return owner.owns(part.tenant, part.user)


async def _exchanges(store: Store, owner: Owner) -> list[str]:
    parts = [
        of_record(data) async for data in store.walk_exchanges(since=-math.inf, until=math.inf)
    ]
    return [part.id for part in parts if _owns(owner, part)]


async def _detections(store: Store, owner: Owner, ids: Sequence[str]) -> int:
    """Erase the detections of exchanges, and those of the tenant if all of it goes."""
    gone = 0
    for start in range(0, len(ids), _PAGE):
        some = tuple(ids[start : start + _PAGE])
        gone += await remove_detections(store, DetectionQuery(exchange_id=some))
    if owner.tenant and not owner.user:
        gone += await remove_detections(store, DetectionQuery(tenant=owner.tenant))
    return gone


async def _incidents(store: Store, owner: Owner, ids: Collection[str]) -> Counter[str]:
    """Erase the owner's incidents, and what is theirs in others; how many of each kind."""
    erased: Counter[str] = Counter(dict.fromkeys((*KINDS, "changed"), 0))
    theirs = await _theirs(store, owner, ids)
    for name in theirs:
        erased.update(await remove_incident(store, name))
    erased["alerts"] = await store.forget_alerts(theirs)
    async for incident, bundle in _with_bundles(store):
        if not set(ids).isdisjoint(incident.exchange_ids):
            await change_stored(store, incident.id, partial(_without, ids=ids))
            erased["changed"] += 1
        if bundle is not None:
            await _unlink(store, bundle, set(theirs))
    return erased


async def _theirs(store: Store, owner: Owner, ids: Collection[str]) -> list[str]:
    return [
        incident.id
        async for incident, bundle in _with_bundles(store)
        if _is_theirs(owner, incident, bundle, ids)
    ]


def _is_theirs(
    owner: Owner, incident: Incident, bundle: Bundle | None, ids: Collection[str]
) -> bool:
    if not owner.user and incident.tenant == owner.tenant:
        return True
    exchange = (bundle.exchange if bundle else None) or {}
    if exchange and owner.owns(exchange.get("tenant", ""), exchange.get("user", "")):
        return True
    named = incident.exchange_ids
    return bool(named) and all(name in ids for name in named)


def _without(incident: Incident, *, ids: Collection[str]) -> Incident:
    return replace(
        incident, exchange_ids=[name for name in incident.exchange_ids if name not in ids]
    )


async def _unlink(store: Store, bundle: Bundle, gone: Collection[str]) -> None:
    """Take incidents that are gone out of what a bundle says is similar."""
    kept = [each for each in bundle.similar_violations if each.incident_id not in gone]
    if len(kept) < len(bundle.similar_violations):
        await store.put_bundle(replace(bundle, similar_violations=kept))


async def _with_bundles(store: Store) -> AsyncIterator[tuple[Incident, Bundle | None]]:
    """Every incident with its bundle, newest first."""
    cursor = ""
    while True:
        page = await store.incidents(IncidentQuery(limit=_PAGE, cursor=cursor))
        bundles = await asyncio.gather(*(store.get_bundle(each.id) for each in page.items))
        for pair in zip(page.items, bundles, strict=True):
            yield pair
        cursor = page.cursor
        if not cursor:
            return
