"""Requests about incidents: what was found, and what is being done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Unpack

from api.client.answers import BulkResult, IncidentPage, Items
from api.client.call import Call, get, said, send
from api.client.filters import DetectionFilters, IncidentFilters
from monitor.incidents.bundle import Bundle, SimilarViolation
from monitor.incidents.detections import DetectionPage
from monitor.incidents.incident import Incident, Status
from monitor.incidents.moments import Moment
from monitor.incidents.timeline import Note
from monitor.labels.label import IncidentLabel, LabelVerdict

_PLACE = "incidents"


def page(
    *, limit: int = 50, cursor: str = "", **filters: Unpack[IncidentFilters]
) -> Call[IncidentPage]:
    """A page of incidents, the one last seen latest first unless `sort` says otherwise."""
    query = {**filters, "limit": limit, "cursor": cursor or None}
    return get(IncidentPage, _PLACE, query=query)


def detection_page(
    *, limit: int = 50, cursor: str = "", **filters: Unpack[DetectionFilters]
) -> Call[DetectionPage]:
    """A page of what detectors found, the latest first."""
    query = {**filters, "limit": limit, "cursor": cursor or None}
    return get(DetectionPage, "detections", query=query)


def incident(incident_id: str) -> Call[Incident]:
    """One incident."""
    return get(Incident, _PLACE, incident_id)


def bundle(incident_id: str) -> Call[Bundle]:
    """The debug bundle: contributing factors, scores, the exchange redacted, what to do."""
    return get(Bundle, _PLACE, incident_id, "bundle")


def bundle_zip(incident_id: str, *, texts: Literal["redacted", "none"] = "redacted") -> Call[bytes]:
    """The bundle, exchanges, labels, timeline and report as one zip file, to send on."""
    return get(bytes, _PLACE, incident_id, "bundle.zip", query={"texts": texts})


def report(incident_id: str) -> Call[bytes]:
    """The HTML page that compares the traffic of a drift incident with its baseline."""
    return get(bytes, _PLACE, incident_id, "report")


def similar(incident_id: str, *, limit: int = 10) -> Call[Items[SimilarViolation]]:
    """Other incidents like this one, the most similar first."""
    return get(Items[SimilarViolation], _PLACE, incident_id, "similar", query={"limit": limit})


def timeline(incident_id: str) -> Call[Items[Moment]]:
    """What happened, oldest first: detections, changes, notes, and what was done to the service."""
    return get(Items[Moment], _PLACE, incident_id, "timeline")


def notes(incident_id: str) -> Call[Items[Note]]:
    """What people wrote on it, and why Sidewatch changed it, oldest first."""
    return get(Items[Note], _PLACE, incident_id, "notes")


def add_note(incident_id: str, text: str, *, by: str = "") -> Call[Note]:
    """Write down what was found or done."""
    return send("POST", Note, _PLACE, incident_id, "notes", body=said(text=text, by=by))


def labels(incident_id: str) -> Call[Items[IncidentLabel]]:
    """Whether people say that the incident was right, oldest first."""
    return get(Items[IncidentLabel], _PLACE, incident_id, "labels")


def label(
    incident_id: str,
    verdict: LabelVerdict,
    *,
    reason: str = "",
    by: str = "",
    exchange_id: str = "",
) -> Call[IncidentLabel]:
    """Say whether the incident was right about one of its exchanges, and why."""
    body = said(verdict=verdict, reason=reason, by=by, exchange_id=exchange_id)
    return send("POST", IncidentLabel, _PLACE, incident_id, "labels", body=body)


def change(
    incident_id: str,
    *,
    status: Status | None = None,
    owner: str = "",
    note: str = "",
    links: Sequence[str] | None = None,
    unless_changed: Incident | None = None,
) -> Call[Incident]:
    """Acknowledge, resolve, open again, assign, annotate or link; `links` replace those before.

    With the incident as it was read in `unless_changed`, the change is refused (412) if somebody changed
    it since.
    """
    body = said(status=status, owner=owner, note=note, links=links)
    headers = {"If-Match": f'"{unless_changed.version}"'} if unless_changed else {}
    return send("PATCH", Incident, _PLACE, incident_id, body=body, headers=headers)


def change_all(
    incident_ids: Sequence[str],
    *,
    status: Status | None = None,
    owner: str = "",
    note: str = "",
    verdict: LabelVerdict | None = None,
    reason: str = "",
    by: str = "",
) -> Call[BulkResult]:
    """Change or label up to 500 incidents, each by itself; the answer says what became of each."""
    body = said(status=status, owner=owner, note=note, verdict=verdict, reason=reason, by=by)
    return send("POST", BulkResult, _PLACE, "bulk", body={"ids": list(incident_ids), **body})


def acknowledge(incident_id: str, *, owner: str = "", note: str = "") -> Call[Incident]:
    """Take it on."""
    return change(incident_id, status="acknowledged", owner=owner, note=note)


def resolve(incident_id: str, *, note: str = "") -> Call[Incident]:
    """It is over; the next finding of its kind opens another."""
    return change(incident_id, status="resolved", note=note)


def reopen(incident_id: str, *, note: str = "") -> Call[Incident]:
    """It was not over."""
    return change(incident_id, status="open", note=note)
