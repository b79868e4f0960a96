"""A drift incident gets its report: worker, store and API as they run in production."""

import asyncio
import json
import urllib.request

import pytest
from exchanges import make_exchange
from running_sidewatch import get, metric, until

from monitor.connect import connected_journal
from monitor.exchange import jsonl
from monitor.settings import StoreSettings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

GERMAN = "Bitte schreibe mir einen langen und freundlichen Brief an das Finanzamt, Herr Kowalski."
NORMAL, DRIFTED = 400, 120


def lines(numbers, **change):
    return [jsonl.encode(make_exchange(number, **change)) for number in numbers]


async def send(data_dir, exchanges):
    async with connected_journal(StoreSettings(data_dir=str(data_dir))) as journal:
        assert await journal.append(exchanges)


def drift_report(sidewatch):
    """The first drift incident, once the fate of its report is known."""
    for incident in sidewatch.incidents(detector="drift"):
        bundle = get(f"{sidewatch.api}/api/v1/incidents/{incident['id']}/bundle")
        if bundle["report"] and bundle["report"]["status"] != "waiting":
            return incident, bundle["report"]
    return None


def test_a_drift_incident_gets_a_report_that_the_api_serves(sidewatch, tmp_path):
    (tmp_path / "normal.jsonl").write_bytes(b"\n".join(lines(range(NORMAL))))
    sidewatch.start("api", ready=[f"{sidewatch.api}/healthz"])
    sidewatch.run("baseline", "build", "normal.jsonl", "--name", "monday", "--promote")
    sidewatch.start("worker", ready=[f"{sidewatch.worker}/readyz"])
    numbers = range(NORMAL, NORMAL + DRIFTED)
    asyncio.run(send(sidewatch.data_dir, lines(numbers, prompt=GERMAN)))

    incident, link = until(lambda: drift_report(sidewatch), what="a report", timeout=200)
    assert (link["status"], link["note"]) == ("made", "")
    with urllib.request.urlopen(f"{sidewatch.api}{link['html']}", timeout=30) as answer:
        page = answer.read().decode()
        assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")
    summary = get(f"{sidewatch.api}{link['json']}")
    assert "Drift of m" in page
    assert "Kowalski" not in page
    assert summary["facts"]["incident"] == incident["id"]
    assert summary["facts"]["baseline"] == "monday@1"
    assert summary["exchanges"]["reference"] == NORMAL
    assert 30 <= summary["exchanges"]["window"] <= DRIFTED
    moved = {column["name"] for column in summary["columns"] if column["moved"]}
    assert {"prompt_language", "prompt_distance"} <= moved

    metrics = f"{sidewatch.worker}/metrics"
    until(lambda: metric(metrics, "sidewatch_report_seconds_count") >= 1, what="a report counted")
    assert metric(metrics, "sidewatch_exchanges_scored_total") == DRIFTED

    # The same by hand, from what is stored, against the model's active baseline.
    since = ("--since", "9999d", "--model", "m")
    sidewatch.run("report", "drift", *since, "--out", "stored.html", "--json", "stored.json")
    stored = json.loads((tmp_path / "stored.json").read_bytes())
    assert stored["exchanges"] == {"reference": NORMAL, "window": DRIFTED}
    assert {column["name"] for column in stored["columns"] if column["moved"]} >= moved & {
        "prompt_language",
        "prompt_distance",
    }
