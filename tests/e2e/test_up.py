"""`sidewatch up` before a real model server, and what is left of it however it ends."""

import json
import os
import signal
from pathlib import Path

import pytest
from exchanges import HARM
from running_sidewatch import get, metric, processes_of, until

pytestmark = pytest.mark.e2e


def spans_for(sidewatch, incident):
    """What an incident's bundle names as speaking for its score."""
    bundle = get(f"{sidewatch.api}/api/v1/incidents/{incident['id']}/bundle")
    return [x for x in bundle["contributing_factors"] if x["name"].startswith("span for")]


def test_a_request_for_harm_becomes_an_incident_with_its_bundle(sidewatch, llama_server):
    up = sidewatch.up(llama_server.url)
    calm, answer = sidewatch.ask("How do I cook rice? Mail me at ada@example.org")
    harm, _ = sidewatch.ask(HARM)

    (incident,) = until(lambda: sidewatch.incidents(detector="safety"), what="an incident")
    assert incident["exchange_ids"] == [harm]
    assert (incident["status"], incident["count"], incident["tenant"]) == ("open", 1, "acme")

    bundle = get(f"{sidewatch.api}/api/v1/incidents/{incident['id']}/bundle")
    assert bundle["exchange"]["request"]["messages"][0]["content"] == HARM
    assert bundle["contributing_factors"]
    assert bundle["recommended_actions"]
    assert bundle["scores"]["safety"]["prompt.unsafe"] > 0.5

    stored = until(
        lambda: get(f"{sidewatch.api}/api/v1/exchanges/{calm}"), what="the calm exchange"
    )
    exchange = stored["exchange"]
    assert exchange["response"]["text"] == json.loads(answer)["choices"][0]["message"]["content"]
    assert exchange["usage"]["output_tokens"] == json.loads(answer)["usage"]["completion_tokens"]
    assert "ada@example.org" not in json.dumps(stored)
    assert stored["redacted"] == ["pii.email"]

    assert (
        metric(
            f"{sidewatch.gateway}/_sidewatch/metrics", "sidewatch_gateway_exchanges_recorded_total"
        )
        == 2
    )
    assert metric(f"{sidewatch.worker}/metrics", "sidewatch_exchanges_scored_total") == 2
    assert metric(f"{sidewatch.worker}/metrics", "sidewatch_incidents_opened_total") == 1

    words = until(lambda: spans_for(sidewatch, incident), what="an explanation")
    assert all(factor["value"] in HARM for factor in words)

    shown = json.loads(sidewatch.run("incidents", "show", incident["id"], "--json"))
    assert shown["incident"]["id"] == incident["id"]
    sidewatch.run("incidents", "resolve", incident["id"], "--note", "was a drill")
    changed = get(f"{sidewatch.api}/api/v1/incidents/{incident['id']}")
    assert (changed["status"], changed["note"]) == ("resolved", "was a drill")

    up.send_signal(signal.SIGTERM)
    assert up.wait(60) == 0
    until(lambda: not processes_of(sidewatch.data_dir), what="no process left")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_however_up_ends_no_process_stays_and_no_incident_is_lost(sidewatch, llama_server, number):
    up = sidewatch.up(llama_server.url)
    sidewatch.ask(HARM)
    before = until(sidewatch.incidents, what="an incident")

    up.send_signal(number)
    up.wait(60)
    until(lambda: not processes_of(sidewatch.data_dir), what="no process left")

    after = json.loads(sidewatch.run("incidents", "list", "--json"))
    assert {i["id"] for i in before} <= {i["id"] for i in after}


def test_a_role_that_is_killed_comes_back(sidewatch, llama_server):
    quick = {"SIDEWATCH_WORKER_CLAIM_IDLE": "3", "SIDEWATCH_WORKER_LEASE": "3"}
    sidewatch.up(llama_server.url, **quick)
    (worker,) = [
        pid
        for pid in processes_of(sidewatch.data_dir)
        if b"\0worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in processes_of(sidewatch.data_dir), what="the worker is gone")
    sidewatch.ask(HARM)
    until(sidewatch.incidents, what="an incident from the new worker")


def test_a_busy_port_ends_up_with_one_message(sidewatch, llama_server):
    sidewatch.up(llama_server.url)
    second = sidewatch.start("up", "--upstream", llama_server.url)
    assert second.wait(60) == 2
    log = (sidewatch.folder / "log").read_text()
    assert f"cannot listen on 127.0.0.1:{sidewatch.ports['gateway']}" in log
    assert "Traceback" not in log
