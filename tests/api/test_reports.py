import gzip

import pytest

from monitor.incidents.bundle import Bundle, ReportLink

PAGE = b"<!doctype html><script>draw()</script>"
SUMMARY = b'{"moved":3}'


@pytest.fixture
def put_bundle(store):
    async def put(incident_id, report):
        bundle = Bundle(
            incident_id=incident_id,
            created=1.0,
            severity="warning",
            severity_reason="",
            category="input_drift",
            summary="",
            report=report,
        )
        await store.put_bundle(bundle)

    return put


@pytest.fixture
async def reported(store, filled):
    """The drift incident has a report."""
    parts = {"html": gzip.compress(PAGE), "json": SUMMARY}
    await store.put_report("i2", parts, at=1.0, ttl=60, room=10_000)


@pytest.mark.parametrize("encoding", ["gzip", "identity", "gzip;q=0", "br, GZIP;q=0.5"])
async def test_the_page_comes_as_it_was_made_packed_for_who_takes_it(client, reported, encoding):
    answer = await client.get("/api/v1/incidents/i2/report", headers={"accept-encoding": encoding})
    assert answer.status_code == 200
    assert answer.content == PAGE
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    packed = answer.headers.get("content-encoding") == "gzip"
    assert packed == (encoding in {"gzip", "br, GZIP;q=0.5"})


async def test_the_page_has_no_origin_and_can_load_nothing(client, reported):
    answer = await client.get("/api/v1/incidents/i2/report")
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == "'none'"
    assert not {"connect-src", "script-src-elem", "frame-src"} & policy.keys()
    assert policy["script-src"] == "'unsafe-inline'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_summary_comes_as_json(client, reported):
    answer = await client.get("/api/v1/incidents/i2/report.json")
    assert answer.content == SUMMARY
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("part", ["report", "report.json"])
@pytest.mark.parametrize(
    ("link", "told"),
    [
        (None, "only incidents of drift"),
        (ReportLink(status="waiting"), "ask again"),
        (ReportLink(status="made"), "expired"),
        (ReportLink(status="unavailable", note="pip install this"), "pip install this"),
        (ReportLink(status="failed", note="it took longer than 1 s"), "longer than 1 s"),
    ],
)
async def test_without_a_report_the_problem_says_why(client, filled, put_bundle, part, link, told):
    await put_bundle("i1", link)
    answer = await client.get(f"/api/v1/incidents/i1/{part}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


async def test_an_incident_that_is_not_there_has_no_report(client, store):
    answer = await client.get("/api/v1/incidents/none/report")
    assert answer.status_code == 404
    assert "incident 'none'" in answer.json()["detail"]


async def test_the_bundle_says_where_the_report_is(client, filled, put_bundle):
    await put_bundle("i2", ReportLink(status="made", html="/api/v1/incidents/i2/report"))
    body = (await client.get("/api/v1/incidents/i2/bundle")).json()
    assert body["report"]["html"] == "/api/v1/incidents/i2/report"
