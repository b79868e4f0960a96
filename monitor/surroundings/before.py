"""What changed just before an incident began, as far as the store knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from monitor.incidents.bundle import PriorChange
from monitor.incidents.timeline import BEFORE
from monitor.surroundings.traffic_mix import Seen, Share, changed_shares

if TYPE_CHECKING:
    from monitor.access.audit import AuditEntry
    from monitor.incidents.incident import Incident
    from monitor.markers.marker import Marker
    from monitor.store.base import Store

GRACE = 300.0
"""Seconds after the beginning within which a change may still be the cause: a roll-out takes a while, and
is often marked at its end."""
_HOUR = 3_600.0
_SLICES = 4
_OF_SLICE = 60
_MARKERS = 20
_ENTRIES = 500
_AUDITED = {
    "policy.use": "policy",
    "baseline.promote": "baseline",
    "baseline.undo": "baseline",
    "baseline.accept": "baseline",
}


class _Record(msgspec.Struct, frozen=True):
    exchange: Seen


_decode = msgspec.json.Decoder(_Record).decode


async def changed_before(store: Store, incident: Incident) -> list[PriorChange]:
    """What was done to the service, or came about in the traffic, the nearest to the beginning first.

    Markers and the audit log are looked at from six hours before, the stored exchanges of the hour
    before are compared with those up to when the incident was last seen.

    Raises
    ------
    StoreError
        The store does not answer.
    """
    start = incident.since
    markers, entries, traffic = await asyncio.gather(
        store.markers(since=start - BEFORE, until=start + GRACE, limit=_MARKERS),
        store.audit(limit=_ENTRIES),
        traffic_before(store, incident),
    )
    found = [*_marked(markers, incident), *_audited(entries, incident), *traffic]
    return sorted(found, key=lambda change: abs(change.at - start))


async def traffic_before(store: Store, incident: Incident) -> list[PriorChange]:
    """The part of it that is seen in the stored exchanges, and no more once they have expired."""
    return [_of_share(share, incident) for share in await _shares(store, incident)]


def _marked(markers: Sequence[Marker], incident: Incident) -> Iterator[PriorChange]:
    for marker in markers:
        if marker.concerns(incident.model, incident.tenant):
            yield PriorChange(
                kind=marker.kind,
                at=marker.at,
                what=marker.text,
                by=marker.by,
                model=marker.model,
                tenant=marker.tenant,
                after=marker.version,
            )


def _audited(entries: Sequence[AuditEntry], incident: Incident) -> Iterator[PriorChange]:
    first, last = incident.since - BEFORE, incident.since + GRACE
    for entry in entries:
        kind = _AUDITED.get(entry.action)
        model, tenant = entry.details.get("model", ""), entry.details.get("tenant", "")
        theirs = model in {"", incident.model} and tenant in {"", incident.tenant}
        if kind and theirs and first <= entry.at <= last:
            yield PriorChange(
                kind="policy" if kind == "policy" else "baseline",
                at=entry.at,
                what=f"{entry.action.replace('.', ' ')}: {entry.subject}",
                by=entry.by,
                model=model,
                tenant=tenant,
                before=entry.details.get("before", ""),
                after=entry.subject,
            )


async def _shares(store: Store, incident: Incident) -> list[Share]:
    """How the mix of the traffic that the incident is about changed with its beginning."""
    start, end = incident.since, incident.last_seen
    if end <= start:
        return []
    before = await _sample(store, start - _HOUR, start)
    after = await _sample(store, start, end)
    then, now = _theirs(before, incident), _theirs(after, incident)
    models = changed_shares("model", then, now)
    then, now = [[x for x in each if x.model == incident.model] for each in (then, now)]
    return [*models, *(x for field in _fields(incident) for x in changed_shares(field, then, now))]


def _fields(incident: Incident) -> list[str]:
    """By what the traffic is divided, apart from what all of the incident's has in common."""
    divided = {"tenant": incident.tenant, "route": incident.route, "upstream": ""}
    return [field for field, value in divided.items() if not value]


def _theirs(seen: Sequence[Seen], incident: Incident) -> list[Seen]:
    return [
        each
        for each in seen
        if incident.tenant in {"", each.tenant} and incident.route in {"", each.route}
    ]


async def _sample(store: Store, since: float, until: float) -> list[Seen]:
    """Exchanges of a time range, its end excluded, from four places all over it."""
    step = (until - since) / _SLICES
    slices = await asyncio.gather(
        *(
            store.exchanges(since=since + place * step, until=until, limit=_OF_SLICE)
            for place in range(_SLICES)
        )
    )
    # The slices overlap where there is little traffic.
    found = {data: None for each in slices for data in each}
    seen = [_decode(data).exchange for data in found]
    return [each for each in seen if each.ts < until]


def _of_share(share: Share, incident: Incident) -> PriorChange:
    tenant = share.value if share.field == "tenant" else incident.tenant
    model = share.value if share.field == "model" else incident.model
    value = share.value or "none"
    return PriorChange(
        kind="traffic",
        at=incident.since,
        what=f"{share.field} {value}: {share.before:.0%} of the exchanges before, {share.after:.0%} since",
        model=model,
        tenant=tenant,
        before=f"{share.before:.0%}",
        after=f"{share.after:.0%}",
    )
