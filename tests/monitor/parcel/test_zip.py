import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import replace

import msgspec
import pytest
from exchanges import make_exchange
from incidents import make_incident

from monitor.incidents.bundle import Bundle, ReportLink
from monitor.labels.giving import Judgement, give_label, with_labels
from monitor.markers.marker import Marker
from monitor.parcel.making import make_zip
from monitor.pipeline.observe import observe
from monitor.record import encode_record, make_record
from monitor.redaction import LEFT_OUT
from monitor.store.memory import MemoryStore

MAIL = "ada@example.org"
EXCHANGE = make_exchange(1, prompt=f"Write to {MAIL}", answer="I did")


@pytest.fixture
async def store():
    """An incident whose policy lets texts be stored whole, labelled once."""
    opened = MemoryStore()
    await opened.save_incident(
        make_incident("i1", title="safety: pii on m", exchange_ids=["x00001", "gone"], seen=5.0),
        expected_version=0,
    )
    record = make_record(EXCHANGE, observe(EXCHANGE), mode="full", policy="p")
    await opened.put_exchanges([(EXCHANGE.id, EXCHANGE.ts, encode_record(record))], ttl=60.0)
    said = Judgement(verdict="true_positive", by="ada", at=9.0, reason="indeed")
    await give_label(opened, "i1", said)
    return opened


def bundle(**fields):
    return Bundle(
        incident_id="i1",
        created=6.0,
        severity="warning",
        severity_reason="over the threshold",
        category="pii",
        summary="",
        exchange=msgspec.to_builtins(EXCHANGE),
        **fields,
    )


async def packed(store, made=None, **options):
    """The zip's files by name, without the folder."""
    incident = await store.get_incident("i1")
    told = None if made is None else await with_labels(store, made)
    data = await make_zip(store, incident, told, at=1_764_000_000.0, **options)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {name.partition("/")[0] for name in opened.namelist()} == {"i1"}
        return data, {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}


async def test_the_manifest_and_the_sums_name_every_file_as_it_is(store):
    _, files = await packed(store, bundle())
    manifest = json.loads(files["manifest.json"])
    named = {each["name"]: (each["bytes"], each["sha256"]) for each in manifest["files"]}
    others = {
        name: data for name, data in files.items() if name not in {"manifest.json", "SHA256SUMS"}
    }
    assert named == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in others.items()
    }
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "SHA256SUMS"
    }


async def test_what_is_sent_on_is_masked_even_if_it_was_stored_whole(store):
    _, files = await packed(store, bundle())
    assert not [name for name, data in files.items() if MAIL.encode() in data]
    assert json.loads(files["manifest.json"])["redacted"] == ["pii.email"]
    assert json.loads(files["bundle.json"])["redacted"] == ["pii.email"]
    assert b"Taken out, here or when it was stored: pii.email" in files["README.txt"]


async def test_texts_may_be_left_out_or_sent_as_they_are(store):
    _, without = await packed(store, bundle(), texts="none")
    (line,) = without["exchanges.jsonl"].splitlines()
    assert json.loads(line)["exchange"]["response"]["text"] == LEFT_OUT
    _, whole = await packed(store, bundle(), texts="as-stored")
    assert MAIL.encode() in whole["exchanges.jsonl"]
    assert MAIL.encode() in whole["bundle.json"]
    assert b"NOT masked again" in whole["README.txt"]


async def test_the_timeline_tells_the_traffic_and_what_people_did_in_order(store):
    await store.put_marker(Marker(id="m", at=4.0, kind="deployment", text="v2", by="ci"))
    _, files = await packed(store, bundle())
    told = [(each["at"], each["what"], each["by"]) for each in json.loads(files["timeline.json"])]
    assert told == [
        (4.0, "deployment: v2", "ci"),
        (5.0, "first seen", ""),
        (6.0, "bundle made: over the threshold", ""),
        (9.0, "labelled true_positive x00001", "ada"),
    ]
    assert json.loads(files["labels.json"]) == json.loads(files["bundle.json"])["labels"] != []


async def test_the_report_goes_along_where_the_bundle_has_it(store):
    parts = {"html": gzip.compress(b"<p>moved</p>"), "json": b"{}"}
    await store.put_report("i1", parts, at=1.0, ttl=60.0, room=1_000)
    _, files = await packed(store, replace(bundle(), report=ReportLink(status="made")))
    assert (files["report.html"], files["report.json"]) == (b"<p>moved</p>", b"{}")
    assert b"report.html" in files["README.txt"]
    _, without = await packed(store, bundle())
    assert "report.html" not in without


async def test_an_incident_whose_bundle_is_gone_is_still_sent(store):
    _, files = await packed(store)
    assert "bundle.json" not in files
    assert json.loads(files["incident.json"])["id"] == "i1"


async def test_the_same_incident_gives_the_same_bytes(store):
    first, _ = await packed(store, bundle())
    again, _ = await packed(store, bundle())
    assert first == again


async def test_what_was_said_before_and_after_is_masked_too(store):
    told = bundle(conversation=[msgspec.to_builtins(EXCHANGE)])
    _, files = await packed(store, told)
    assert not [name for name, data in files.items() if MAIL.encode() in data]
    _, without = await packed(store, told, texts="none")
    (turn,) = json.loads(without["bundle.json"])["conversation"]
    assert turn["response"]["text"] == LEFT_OUT
