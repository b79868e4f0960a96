"""Accepting a change as the new normal: the traffic since then becomes the baseline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from detectors.errors import DetectorError
from detectors.origin import Origin
from monitor.baselines.building import Selection
from monitor.baselines.keeping import keep
from monitor.baselines.naming import checked_name, plain_name, split
from monitor.baselines.promoting import Change, in_use, promote
from monitor.baselines.stored import stored
from monitor.baselines.traffic import Traffic
from monitor.errors import MonitorError
from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, resolve
from monitor.record import decode_record
from monitor.store.base import BaselineRecord, ConflictError, Store

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from monitor.exchange.model import Exchange

Build = Callable[["list[Exchange]", str, Origin, Selection], Awaitable["Baseline"]]
"""Makes a baseline of exchanges under a name, wherever there is time for that."""

_PROVISIONAL = "provisional-"


class NotAcceptableError(MonitorError):
    """An incident, or what was stored since, gives no new normal; the message says why."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The baseline that counts from now on, and the incident, resolved."""

    baseline: BaselineRecord
    incident: Incident


async def accept(
    store: Store, incident_id: str, *, build: Build, change: Change, name: str = ""
) -> Accepted:
    """Make a baseline of the traffic since an incident's change, promote it, resolve the incident.

    Without a `name` it becomes the next version of the baseline that counted.

    Raises
    ------
    NotAcceptableError
        There is no such incident, it is not of drift or is resolved, or too few exchanges were stored
        since.
    BaselineNameError
        The name is not one.
    ConflictError
        Others changed the same things at the same time; nothing is half-done that matters.
    """
    called = checked_name(name) if name else ""
    incident = await _acceptable(store, incident_id)
    traffic = Traffic.of(incident)
    before = await in_use(store, traffic)
    since = await changed_at(store, incident)
    origin = Origin(
        how="accepted",
        source="stored traffic since the change",
        incident=incident.id,
        replaces=before,
    )
    selection = Selection(
        model=incident.model,
        unnamed=not incident.model,
        route=incident.route,
        tenant=incident.tenant,
    )
    found = await stored(store, since=since, until=change.at, how=origin, selection=selection)
    wanted = called or _named(incident, before)
    try:
        baseline = await build(found.exchanges, wanted, found.origin, selection)
    except DetectorError as error:
        raise NotAcceptableError(
            f"incident {incident.id} is too young to be the new normal: of the traffic since its "
            f"change too little is stored. {error}"
        ) from error
    record = await keep(store, baseline, model=incident.model)
    noted = replace(change, note=f"accepted incident {incident.id}. {change.note}".strip())
    promoted = await promote(store, record.name, traffic=traffic, change=noted)
    return Accepted(promoted, await _resolve(store, incident, promoted, change))


async def changed_at(store: Store, incident: Incident) -> float:
    """When the change behind an incident began, as far as that is still known."""
    bundle = await store.get_bundle(incident.id)
    if bundle is None or bundle.shift is None:
        return incident.first_seen
    onset = bundle.shift.onset
    data = await store.get_exchange(onset.exchange_id)
    return decode_record(data).exchange.ts if data else onset.at


async def _acceptable(store: Store, incident_id: str) -> Incident:
    incident = await store.get_incident(incident_id)
    if incident is None:
        raise NotAcceptableError(f"there is no incident {incident_id!r}")
    if incident.detector != "drift":
        raise NotAcceptableError(
            f"incident {incident.id} is of {incident.detector}; only a drift can be the new normal"
        )
    if incident.status == "resolved":
        raise NotAcceptableError(
            f"incident {incident.id} is resolved; for a baseline of a time range use "
            "`sidewatch baseline build --since`"
        )
    return incident


async def _resolve(
    store: Store, incident: Incident, baseline: BaselineRecord, change: Change
) -> Incident:
    told = f"Accepted as the new normal by {change.by}: baseline {baseline.name}."
    note = " ".join(part for part in (incident.note, told, change.note) if part)
    transition = partial(resolve, at=change.at, owner=change.by, note=note)
    signature = Signature(change.by, change.at, f"{told} {change.note}".strip())
    resolved = await change_stored(store, incident.id, transition, signature)
    if resolved is None:
        raise ConflictError(f"incident {incident.id} is gone")
    return resolved


def _named(incident: Incident, before: str) -> str:
    """The name of the baseline that counted; a provisional one's model, as it no longer is one."""
    name, _ = split(before)
    plain = name.removeprefix(_PROVISIONAL) or plain_name(incident.model)
    return plain or "all"
