"""A real Valkey and a real gateway, killed with SIGKILL: what was spooled arrives."""

import json
import os
import signal
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from exchange_account import Account
from running_sidewatch import until

from monitor.exchange import jsonl

pytestmark = pytest.mark.e2e

ANSWER = b'{"choices":[{"index":0,"message":{"content":"fine"},"finish_reason":"stop"}]}'


class Model(BaseHTTPRequestHandler):
    """Answers whatever it is asked."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


@pytest.fixture
def model():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gateway(sidewatch, model, own_server):
    """Starts the gateway before the model, with its journal on the server that may be killed."""

    def start(**environment):
        return sidewatch.start(
            *("gateway", "--upstream", model, "--store", own_server.url),
            ready=[f"{sidewatch.gateway}/_sidewatch/healthz"],
            **environment,
        )

    return start


def ask(sidewatch, count):
    """Questions, one after the other; the ids of their exchanges."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi " * 50}]})
    ids = []
    for _ in range(count):
        request = urllib.request.Request(f"{sidewatch.gateway}/v1/chat/completions", body.encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)
            ids.append(answer.headers["x-sidewatch-id"])
    return ids


def account(sidewatch):
    """The account now; it adds up whenever it is looked at."""
    found = account_of_several(sidewatch)
    assert found.adds_up, found
    return found


def account_of_several(sidewatch):
    """The account now; of several processes, some of whose gauges may be a moment old."""
    with urllib.request.urlopen(f"{sidewatch.gateway}/_sidewatch/metrics", timeout=10) as answer:
        lines = [line for line in answer.read().decode().splitlines() if line[:1] != "#"]
    return Account.of({name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines)})


def journal(server):
    """The ids in the journal, in order."""
    with server.client() as client:
        entries = client.xrange("{sidewatch}:exchanges")
    return [jsonl.decode(fields[b"d"]).id for _, fields in entries]


def without_repeats(ids):
    return list(dict.fromkeys(ids))


def test_valkey_killed_and_started_again_costs_nothing(sidewatch, gateway, own_server):
    gateway()
    before = ask(sidewatch, 30)
    until(lambda: account(sidewatch).recorded == 30, what="recorded")
    own_server.kill()
    during = ask(sidewatch, 300)
    until(lambda: account(sidewatch).spooled >= 300, what="spooled")
    own_server.start()
    after = ask(sidewatch, 30)
    found = until(lambda: not (a := account(sidewatch)).waiting and a, what="drained")
    assert (found.seen, found.recorded, found.dropped) == (360, 360, 0)
    assert without_repeats(journal(own_server)) == [*before, *during, *after]


def test_a_gateway_killed_in_an_outage_loses_nothing_that_was_on_disk(
    sidewatch, gateway, own_server
):
    process = gateway()
    own_server.kill()
    ids = ask(sidewatch, 200)
    until(lambda: account(sidewatch).spooled == 200, what="spooled")
    process.kill()
    process.wait()
    process = gateway()
    more = ask(sidewatch, 50)
    found = until(lambda: (a := account(sidewatch)).spooled == 250 and a, what="adopted")
    assert (found.seen, found.adopted) == (50, 200)
    process.kill()
    process.wait()
    own_server.start()
    gateway()
    found = until(lambda: (a := account(sidewatch)).recorded == 250 and a, what="drained")
    assert (found.seen, found.adopted, found.dropped) == (0, 250, 0)
    assert without_repeats(journal(own_server)) == [*ids, *more]


def test_a_gateway_killed_in_the_middle_of_draining_loses_nothing(sidewatch, gateway, own_server):
    process = gateway()
    own_server.kill()
    ids = ask(sidewatch, 2_000)
    until(lambda: account(sidewatch).spooled == 2_000, what="spooled")
    own_server.start()
    deadline = time.monotonic() + 30
    with own_server.client() as client:
        while not client.xlen("{sidewatch}:exchanges") and time.monotonic() < deadline:
            pass
    process.kill()
    process.wait()
    assert list((sidewatch.data_dir / "spool").glob("*/*.spool")), "too late to prove anything"
    gateway()
    until(lambda: set(ids) <= set(journal(own_server)), what="drained")
    until(lambda: not account(sidewatch).waiting, what="empty")
    assert without_repeats(journal(own_server)) == ids


def test_what_a_gateway_leaves_when_it_is_told_to_stop_is_not_lost(sidewatch, gateway, own_server):
    process = gateway()
    own_server.kill()
    ids = ask(sidewatch, 100)
    process.terminate()
    assert process.wait(30) == 0
    own_server.start()
    gateway()
    until(lambda: len(journal(own_server)) >= 100, what="drained")
    assert without_repeats(journal(own_server)) == ids
    assert list((sidewatch.data_dir / "spool").glob("*/*.spool")) == []


def children(process):
    """The processes that a gateway of several has forked."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in listed.split()]


def test_one_of_several_processes_killed_in_an_outage_loses_nothing_that_was_on_disk(
    sidewatch, gateway, own_server
):
    parent = gateway(SIDEWATCH_GATEWAY_PROCESSES="2")
    own_server.kill()
    ids = ask(sidewatch, 200)
    until(lambda: account_of_several(sidewatch).spooled == 200, what="spooled")
    for child in children(parent):
        os.kill(child, signal.SIGKILL)
        until(
            lambda gone=child: gone not in children(parent) and len(children(parent)) == 2,
            what="started again",
        )
        until(lambda: reached(sidewatch, lambda a: a.adds_up and a.spooled == 200), what="adopted")
    own_server.start()
    until(lambda: reached(sidewatch, lambda a: a.adds_up and not a.waiting), what="drained")
    found = account_of_several(sidewatch)
    assert (found.seen, found.recorded, found.dropped) == (200, 200, 0)
    assert found.adopted == found.left > 0
    assert set(journal(own_server)) == set(ids)


def reached(sidewatch, wanted):
    """Whether the account is as wanted; not while a connection to a killed process breaks."""
    try:
        return wanted(account_of_several(sidewatch))
    except OSError:
        return False
