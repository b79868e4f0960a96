"""Labelling an incident: the label with the scores it is about, its mark on the incident, the audit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from monitor.access.audit import AuditEntry
from monitor.errors import MonitorError
from monitor.incidents.bundle import Bundle
from monitor.incidents.changes import change_stored
from monitor.incidents.events import Signature
from monitor.incidents.incident import Incident, judge
from monitor.labels.label import IncidentLabel, LabelVerdict, verdict_of
from monitor.record import decode_record
from monitor.store.base import ConflictError, Store

_ATTEMPTS = 20


class NotOfIncidentError(MonitorError):
    """The exchange is not among those that the incident names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person says of an incident; without `exchange_id` of the exchange that opened it."""

    verdict: LabelVerdict
    by: str
    at: float
    reason: str = ""
    exchange_id: str = ""


async def give_label(store: Store, incident_id: str, said: Judgement) -> IncidentLabel | None:
    """Label an incident; the label as it is kept, None if there is no such incident.

    A later label on the same exchange replaces this one; the audit log keeps both.

    Raises
    ------
    NotOfIncidentError
        The incident does not name the exchange.
    ConflictError
        It changes faster than it can be read.
    """
    incident = await store.get_incident(incident_id)
    if incident is None:
        return None
    label = await _label(store, incident, said)
    await store.put_label(label)
    await _mark(store, label)
    await store.append_audit(_entry(label))
    return label


async def _mark(store: Store, label: IncidentLabel) -> None:
    """Write on the incident what all its labels say together.

    The labels are read after the incident that they are written on: of two people who label it at
    once, the one whose change is saved last has read both labels.
    """
    for _ in range(_ATTEMPTS):
        incident = await store.get_incident(label.incident_id)
        if incident is None:
            return
        verdict = verdict_of(await store.labels_of(label.incident_id)) or label.verdict
        with suppress(ConflictError):
            await change_stored(
                store,
                label.incident_id,
                partial(_judged, of=incident.version, at=label.at, verdict=verdict),
                Signature(label.by, label.at, label.reason),
                {"labelled": {"verdict": label.verdict, "exchange": label.exchange_id}},
            )
            return
    raise ConflictError(f"incident {label.incident_id} keeps changing; try again")


def _judged(incident: Incident, *, of: int, at: float, verdict: LabelVerdict) -> Incident:
    if incident.version != of:
        raise ConflictError(f"incident {incident.id} was changed since it was read")
    return judge(incident, at=at, verdict=verdict)


async def with_labels(store: Store, bundle: Bundle) -> Bundle:
    """The bundle with what people have said of its incident since it was made."""
    return replace(bundle, labels=await store.labels_of(bundle.incident_id))


async def _label(store: Store, incident: Incident, said: Judgement) -> IncidentLabel:
    if said.exchange_id and said.exchange_id not in incident.exchange_ids:
        raise NotOfIncidentError(
            f"exchange {said.exchange_id!r} is none of those that incident {incident.id} names"
        )
    exchange_id = said.exchange_id or next(iter(incident.exchange_ids), "")
    data = await store.get_exchange(exchange_id) if exchange_id else None
    return IncidentLabel(
        incident_id=incident.id,
        verdict=said.verdict,
        by=said.by,
        at=said.at,
        reason=said.reason,
        exchange_id=exchange_id,
        detector=incident.detector,
        kind=incident.kind,
        rule=incident.rule,
        model=incident.model,
        tenant=incident.tenant,
        policy=incident.policy,
        scores=decode_record(data).scores if data else {},
    )


def _entry(label: IncidentLabel) -> AuditEntry:
    return AuditEntry(
        at=label.at,
        by=label.by,
        action="incident.label",
        subject=label.incident_id,
        details={
            "verdict": label.verdict,
            "exchange": label.exchange_id,
            "reason": label.reason,
        },
    )
