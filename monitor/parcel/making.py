"""The zip of an incident, from what the store has of it."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec

from monitor import version
from monitor.incidents.bundle import Bundle
from monitor.incidents.incident import Incident
from monitor.incidents.timeline import read_timeline
from monitor.parcel.packing import Manifest, entries, pack
from monitor.parcel.readme import readme
from monitor.parcel.texts import Texts, clear
from monitor.record import ExchangeRecord, decode_record, encode_record
from monitor.reports.links import HTML, JSON
from monitor.store.base import Store


async def make_zip(
    store: Store,
    incident: Incident,
    bundle: Bundle | None,
    *,
    texts: Texts = "redacted",
    at: float,
    tenant: str = "",
) -> bytes:
    """Bundle with labels, incident, sampled exchanges that are still kept, timeline and report.

    Texts are masked again on the way, or left out; `as-stored` leaves them as the store has them. The
    report goes along where the bundle has a link to it. `at` is the time that the manifest tells. With
    `tenant`, what was done to the service goes along only as far as it concerns that one.
    """
    cleared = clear(bundle, await _records(store, incident), texts)
    moments = await read_timeline(store, incident, bundle, tenant=tenant)
    files = {
        "incident.json": _json(incident),
        "timeline.json": _json(moments),
        "labels.json": _json(await store.labels_of(incident.id)),
        "exchanges.jsonl": b"".join(encode_record(each) + b"\n" for each in cleared.records),
    }
    if cleared.bundle is not None:
        files["bundle.json"] = _json(cleared.bundle)
        if bundle is not None and bundle.report is not None:
            files |= await _report(store, incident.id)
    files["README.txt"] = readme(incident, cleared.redacted, texts, sorted(files)).encode()
    manifest = Manifest(
        incident_id=incident.id,
        made=at,
        sidewatch=version(),
        texts=texts,
        redacted=cleared.redacted,
        files=entries(files),
    )
    return pack(files, manifest)


async def _records(store: Store, incident: Incident) -> list[ExchangeRecord]:
    found = [await store.get_exchange(exchange_id) for exchange_id in incident.exchange_ids]
    return [decode_record(data) for data in found if data is not None]


async def _report(store: Store, incident_id: str) -> dict[str, bytes]:
    page, figures = [await store.get_report(incident_id, part) for part in (HTML, JSON)]
    made = {"report.html": gzip.decompress(page) if page else None, "report.json": figures}
    return {name: data for name, data in made.items() if data is not None}


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
